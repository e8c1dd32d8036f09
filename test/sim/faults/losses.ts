/** What faults that take something durable from a node have in common. */
import { isSafe } from "../platter.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";
import { leaderOf, type Scene } from "./scene.js";

/**
 * The design survives the loss of one node's data at a time: the next only after the last one has
 * caught up and counts again.
 */
export function canLoseOne({ nodes }: SimCluster): boolean {
  return nodes.length >= 3 && nodes.every(({ platter }) => isSafe(platter));
}

/** Waits until the node can read all of its log, and its vote counts. */
export function onceCounted({ later }: Scene, node: SimNode, fn: () => void): void {
  const look = (): void => {
    if (isSafe(node.platter)) fn();
    else later(5, look);
  };
  look();
}

/** The moment at which such a node's vote counts again is the one to lose the leader at. */
export function loseLeaderOnceCounted(scene: Scene, node: SimNode): void {
  const { cluster, dice } = scene;
  if (!dice.chance(0.7)) return;
  onceCounted(scene, node, () => scene.crash(leaderOf(cluster) ?? node, dice.exponential(300)));
}
