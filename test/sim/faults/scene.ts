/** What a fault strikes: made anew each time one of the plan comes due. */
import type { Prng } from "../prng.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";
import type { World } from "../world.js";

export interface Scene {
  readonly world: World;
  readonly cluster: SimCluster;
  /** The one that is struck, or the first of them. */
  readonly node: SimNode;
  /** All that are named, the struck one first. */
  readonly struck: readonly SimNode[];
  /** All but the one that is struck. */
  readonly others: readonly SimNode[];
  /** All that are not named. */
  readonly rest: readonly SimNode[];
  readonly forMs: number;
  readonly dice: Prng;
  /** Does something later, unless everything was healed by then. */
  later(delayMs: number, fn: () => void): void;
  /** Kills the process, and starts it again after so long. */
  crash(node: SimNode, awayMs: number): void;
  /** Starts the process again so long after it died by itself. */
  whenDead(node: SimNode, awayMs: number): void;
}

/** Brings a fault about; false if there was nothing to strike. */
export type Strike = (scene: Scene) => boolean;

export function leaderOf(cluster: SimCluster): SimNode | undefined {
  return cluster.nodes.find((node) => node.running?.node.core.role.kind === "LEADING");
}
