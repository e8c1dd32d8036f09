/** What a fault may lay its hands on, and what it says of itself when it has struck. */
import type { Prng } from "../sim/prng.js";
import type { ChaosCluster } from "./chaos-cluster.js";
import type { ChaosNode } from "./chaos-node.js";
import type { LinkFaults } from "./link-faults.js";
import type { PlannedFault } from "./schedule.js";

export interface Arena extends ChaosCluster {
  readonly links: LinkFaults;
  /** Resolves after that long, or at once when everything is to heal. */
  lasts(ms: number): Promise<void>;
  /** Nothing is waited for any more. */
  isClosed(): boolean;
  /** Whether the node serves and its vote counts, also after a power cut. */
  counts(node: ChaosNode): Promise<boolean>;
  /** The node whose files were damaged or deleted and that does not count again yet. */
  damaged: ChaosNode | undefined;
  /** Adds to what the report says a fault has done. */
  note(what: string, count: number): void;
}

export interface Struck {
  /** Who cannot be counted on meanwhile: without them all others reach one another. */
  readonly impaired: readonly ChaosNode[];
  /** Settles when the fault has taken back all that it did. */
  readonly over: Promise<void>;
}

/** While most nodes are away nothing happens, so there is nothing to find. */
const AWAY_MEAN_MAX_MS = 1500;

/** Of several nodes each is away for a time of its own, so that they come back one by one. */
export function awayMs({ forMs }: PlannedFault, dice: Prng): number {
  return dice.next() * 2 * Math.min(forMs, AWAY_MEAN_MAX_MS);
}

/**
 * Strikes at once. `order`: all nodes, those to be struck first. Undefined if it cannot strike now
 * without going beyond what a cluster is said to survive.
 */
export type Strike = (
  arena: Arena,
  fault: PlannedFault,
  order: readonly ChaosNode[],
  dice: Prng,
) => Struck | undefined;
