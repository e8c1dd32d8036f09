/** The quorum as the checkers count it, whatever the nodes believe it to be. */
import type { SimCluster } from "../sim-cluster.js";

/** More than half of the voters, and at least what the cluster's own file asks for. */
export function majorityOf({ nodes, config }: SimCluster): number {
  return Math.max(Math.floor(nodes.length / 2) + 1, config.quorum);
}
