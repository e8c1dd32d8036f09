/** The smallest number of nodes that is more than half; any two such groups share a node. */
export function majorityOf(nodeCount: number): number {
  return Math.floor(nodeCount / 2) + 1;
}
