/**
 * The faults of a seed, all drawn before the run begins: a list that can be read, stored, and made
 * shorter. What the plan cannot know, who leads at that moment, is resolved by nemesis.ts.
 */
import { type Prng, shuffled } from "./prng.js";

/** What a fault takes: how many nodes, and how long it lasts (one of these means; or no time). */
interface Shape {
  readonly nodes: "one" | "two" | "some" | "all";
  readonly meansMs: readonly number[];
  /** How much more often than others it strikes, if it must: 1 if undefined. */
  readonly weight?: number;
}

const AWAY = [20, 300, 2000];
const APART = [300, 1500, 4000];

const SHAPES = {
  // The process.
  crash: { nodes: "one", meansMs: AWAY },
  crashSome: { nodes: "some", meansMs: AWAY },
  crashAll: { nodes: "all", meansMs: AWAY },
  /** Whoever tries to lead next is crashed or cut off before it does; and maybe the next one. */
  failCandidate: { nodes: "all", meansMs: [20, 300] },
  crashLoop: { nodes: "one", meansMs: [500, 2000] },
  /** Dies between two effects; see doom.ts. */
  doom: { nodes: "one", meansMs: [5, 50, 500] },
  freeze: { nodes: "one", meansMs: [100, 800, 3000] },
  freezeSome: { nodes: "some", meansMs: [100, 800] },
  otherLimits: { nodes: "one", meansMs: [20, 300] },
  stepDown: { nodes: "one", meansMs: [] },
  // Its clock.
  clockJump: { nodes: "one", meansMs: [] },
  clockRate: { nodes: "one", meansMs: [1000, 4000] },
  lateTimers: { nodes: "one", meansMs: [500, 2000] },
  // Its disk.
  diskError: { nodes: "one", meansMs: AWAY },
  diskFull: { nodes: "one", meansMs: [300, 1500] },
  slowDisk: { nodes: "one", meansMs: [500, 2000] },
  wipe: { nodes: "one", meansMs: [5, 300] },
  /** One is emptied while others lag, so that the few that hold everything are all needed. */
  wipeLagging: { nodes: "all", meansMs: [100, 500] },
  /** What a stopped node finds on its disk cannot be read: entries, a snapshot, or the end. */
  damage: { nodes: "one", meansMs: [5, 300, 1500] },
  /** Several stopped nodes cannot read some entries each, and no two the same. */
  damageSome: { nodes: "some", meansMs: [5, 300, 1500] },
  // The network.
  cutOneWay: { nodes: "two", meansMs: APART },
  cutBothWays: { nodes: "two", meansMs: APART },
  isolate: { nodes: "all", meansMs: APART },
  isolateOneWay: { nodes: "all", meansMs: APART },
  /**
   * A leader is cut off: the others know at once, it does not. What can go wrong then is over in
   * some ticks, and needs a client in just the right place.
   */
  depose: { nodes: "all", meansMs: [200, 600], weight: 3 },
  split: { nodes: "some", meansMs: APART },
  hub: { nodes: "all", meansMs: APART },
  chain: { nodes: "all", meansMs: APART },
  ring: { nodes: "all", meansMs: APART },
  flap: { nodes: "all", meansMs: [1000, 4000] },
  clog: { nodes: "all", meansMs: [50, 400, 1500] },
  swizzle: { nodes: "some", meansMs: [500, 2000] },
  slowLinks: { nodes: "all", meansMs: APART },
  reset: { nodes: "two", meansMs: [] },
  /** Breaks a link at a message of one type. */
  resetAt: { nodes: "all", meansMs: APART },
  /** Votes are garbage. */
  oracle: { nodes: "all", meansMs: [1000, 3000] },
  // Beyond what the design survives.
  wipeMany: { nodes: "some", meansMs: [5, 300] },
  damageMany: { nodes: "some", meansMs: [5, 300] },
  clockBack: { nodes: "one", meansMs: [] },
} as const satisfies Readonly<Record<string, Shape>>;

export type Fault = keyof typeof SHAPES;

/** Every fault there is. */
export const FAULTS = Object.keys(SHAPES) as readonly Fault[];

/** Those that the cluster does not claim to get over; it may stop then, but never lie. */
export const FAULTS_BEYOND: readonly Fault[] = ["wipeMany", "damageMany", "clockBack"];

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
  // Each kind has its own rate, so that one seed may be all about one of them.
  const lots = options.faults.flatMap((kind) => {
    const { weight = 1 }: Shape = SHAPES[kind];
    return Array.from({ length: prng.pick([1, 1, 2, 6]) * weight }, () => kind);
  });
  if (lots.length === 0) return plan;
  // How many are under way at once, about: with too many nothing works, and nothing is tested.
  const longestMs = options.meanMs * prng.pick([0.5, 1, 2, 5]);
  // In some seeds they strike from the first moment on, when logs are empty and nobody leads.
  let atMs = prng.pick([0, 30, 100, options.meanMs, options.meanMs]) * prng.next();
  while (atMs < options.untilMs) {
    const kind = atMs < 100 && lots.includes("wipeLagging") ? "wipeLagging" : prng.pick(lots);
    plan.push(drawFault(prng, kind, { atMs, longestMs, count: options.nodes }));
    const isEarly = atMs < 100 && plan.length < 3 && prng.chance(0.5);
    atMs += 1 + prng.exponential(isEarly ? 30 : options.meanMs);
  }
  return plan;
}

function drawFault(
  prng: Prng,
  kind: Fault,
  { atMs, longestMs, count }: { atMs: number; longestMs: number; count: number },
): PlannedFault {
  const shape: Shape = SHAPES[kind];
  const meanMs = shape.meansMs.length === 0 ? 0 : prng.pick(shape.meansMs);
  const order = shuffled(prng, count);
  const struck = { one: 1, two: 2, some: prng.int(1, count), all: count }[shape.nodes];
  return {
    kind,
    atMs,
    dice: prng.int(0, 2 ** 31),
    leader: prng.chance(0.4),
    nodes: order.slice(0, struck),
    forMs: prng.exponential(Math.min(meanMs, longestMs)),
  };
}
