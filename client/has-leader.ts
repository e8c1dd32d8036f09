/** What a status says of the one thing that everybody asks first. Pure. */
import { type NodeStatus, Phase } from "../gen/zabble/v1/cluster_pb.js";

/** Whether the node is in touch with a leader that confirms commands. */
export function hasLeader({ leaderId, phase }: NodeStatus): boolean {
  return leaderId !== "" && phase === Phase.BROADCAST;
}
