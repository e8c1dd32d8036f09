/**
 * The faults of a seed, all drawn before the run begins: a list that can be read, stored, and made
 * shorter. What the plan cannot know, who leads at that moment, is resolved by nemesis.ts.
 */
import type { Prng } from "./prng.js";

export const FAULTS = [
  "crash",
  "crashAll",
  "freeze",
  "cutOneWay",
  "cutBothWays",
  "isolate",
  "split",
  "wipe",
  "clockJump",
  "stepDown",
] as const;

export type Fault = (typeof FAULTS)[number];

/** Plain data: a stored case is a JSON file of these. */
export interface PlannedFault {
  readonly kind: Fault;
  readonly atMs: number;
  /** How long it lasts; for a crash, how long the process is away. */
  readonly forMs: number;
  /** Places in the cluster's list of nodes: the first is struck, the rest is the other side. */
  readonly nodes: readonly number[];
  /** Strikes whoever leads at that moment instead of the first of `nodes`. */
  readonly leader: boolean;
  /** Seeds what else the fault draws when it strikes. */
  readonly dice: number;
}

export interface PlanOptions {
  readonly nodes: number;
  readonly faults: readonly Fault[];
  readonly meanMs: number;
  /** No fault begins after this. */
  readonly untilMs: number;
}

/** Faults in the order in which they strike. */
export function drawPlan(prng: Prng, options: PlanOptions): PlannedFault[] {
  const plan: PlannedFault[] = [];
  if (options.faults.length === 0) return plan;
  for (;;) {
    const before = plan.at(-1)?.atMs ?? 0;
    const atMs = before + 1 + prng.exponential(options.meanMs);
    if (atMs >= options.untilMs) return plan;
    plan.push(drawFault(prng, prng.pick(options.faults), atMs, options.nodes));
  }
}

function drawFault(prng: Prng, kind: Fault, atMs: number, count: number): PlannedFault {
  const order = shuffled(prng, count);
  const dice = prng.int(0, 2 ** 31);
  const leader = prng.chance(0.4);
  const lasting = (...choices: readonly number[]): number => prng.exponential(prng.pick(choices));
  const fault = { kind, atMs, dice, leader, nodes: order.slice(0, 1), forMs: 0 };
  switch (kind) {
    case "crash":
      return { ...fault, forMs: lasting(20, 300, 2000) };
    case "crashAll":
      return { ...fault, nodes: order, forMs: lasting(20, 300, 2000) };
    case "freeze":
      return { ...fault, forMs: lasting(100, 800, 3000) };
    case "cutOneWay":
    case "cutBothWays":
      return { ...fault, nodes: order.slice(0, 2), forMs: lasting(300, 1500, 4000) };
    case "isolate":
      return { ...fault, nodes: order, forMs: lasting(300, 1500, 4000) };
    case "split":
      // One side; the other is everybody else.
      return {
        ...fault,
        nodes: order.slice(0, prng.int(0, count)),
        forMs: lasting(300, 1500, 4000),
      };
    case "wipe":
      return { ...fault, forMs: lasting(5, 300) };
    case "clockJump":
    case "stepDown":
      return fault;
    default:
      throw new Error(`unknown fault ${kind satisfies never}`);
  }
}

/** The numbers below `count` in random order. */
function shuffled(prng: Prng, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at--) {
    const other = prng.int(0, at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}
