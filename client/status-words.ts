/** What a node's status is called on the terminal and in JSON. */
import { type NodeStatus, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";

/** Its role; a paused node takes no part in the cluster, whatever its role. */
export function rolePlayedInWords({ role, paused }: NodeStatus): string {
  return paused ? "paused" : roleInWords(role);
}

export function roleInWords(role: Role): string {
  switch (role) {
    case Role.LOOKING:
      return "looking";
    case Role.FOLLOWING:
      return "follower";
    case Role.LEADING:
      return "leader";
    case Role.UNSPECIFIED:
      return "unknown";
  }
}

export function phaseInWords(phase: Phase): string {
  switch (phase) {
    case Phase.ELECTION:
      return "election";
    case Phase.DISCOVERY:
      return "discovery";
    case Phase.SYNCHRONIZATION:
      return "synchronization";
    case Phase.BROADCAST:
      return "broadcast";
    case Phase.UNSPECIFIED:
      return "unknown";
  }
}
