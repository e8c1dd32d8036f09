/** Whether others follow a leader that a server has lost sight of. Pure. */
import { type ClusterModel, nodesTakingPart } from "./cluster-model.js";

/** A server that has been without a leader for so long may be cut off; an election is faster. */
export const LEADERLESS_MS = 1000;

/** Who leads, as a reason to leave a server without a leader; undefined if nobody is known to. */
export function ledElsewhere(cluster: ClusterModel | undefined): string | undefined {
  const leader = cluster?.leader;
  if (cluster === undefined || leader === undefined || cluster.seenFrom === "") return undefined;
  if (nodesTakingPart(cluster) < cluster.quorum) return undefined;
  return `it is cut off from ${leader.nodeId}, which leads epoch ${leader.epoch}`;
}
