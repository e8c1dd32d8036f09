/**
 * The faults of a run, all drawn from its seed before it begins: kind, moment, length, nodes. Pure.
 * Two runs of one seed get the same list; what the nodes are doing when a fault strikes is up to
 * the machine, so a run is never repeated exactly.
 */
import { type Prng, shuffled } from "../sim/prng.js";

export const FAULTS = [
  "kill",
  "killSeveral",
  "killAll",
  "crashLoop",
  "freeze",
  "freezeSeveral",
  "cutLink",
  "delayLink",
  "isolate",
  "split",
  "slowWire",
  "throttleWire",
  "silentWire",
  "resetWire",
  "halfCloseWire",
  "fullDisk",
  "powerCut",
  "powerCutAll",
  "tornTail",
  "bitFlip",
  "zeroSector",
  "deleteData",
  "clockStep",
  "stepDown",
  "pause",
] as const;

export type FaultKind = (typeof FAULTS)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** From the beginning of the run. */
  readonly atMs: number;
  /** How long it lasts; for a node that is killed, how long it is away. */
  readonly forMs: number;
  /** Places in the list of nodes, all of them, in the order in which they are to be struck. */
  readonly order: readonly number[];
  /** Strikes whoever leads at that moment before the others. */
  readonly leader: boolean;
  /** Seeds all else that the fault draws. */
  readonly dice: number;
}

export interface ScheduleOptions {
  readonly nodes: number;
  readonly kinds: readonly FaultKind[];
  /** No fault begins after this. */
  readonly untilMs: number;
}

/** Between the beginnings of two faults, so that some come alone and some together. */
const MEAN_MS = 2000;
const FIRST_AT_MS = 1000;
const LENGTHS_MS = [150, 1000, 3000];
const LENGTH_MAX_MS = 8000;
const LEADER_CHANCE = 0.4;

/** Each kind once in random order, then again: a short run meets as many kinds as it can. */
export function drawSchedule(prng: Prng, options: ScheduleOptions): readonly PlannedFault[] {
  const { nodes, kinds, untilMs } = options;
  const schedule: PlannedFault[] = [];
  if (kinds.length === 0) return schedule;
  let deck: FaultKind[] = [];
  for (let atMs = FIRST_AT_MS; atMs < untilMs; atMs += prng.exponential(MEAN_MS)) {
    if (deck.length === 0)
      deck = shuffled(prng, kinds.length).flatMap((index) => kinds[index] ?? []);
    const kind = deck.pop();
    if (kind === undefined) break;
    schedule.push({
      kind,
      atMs: Math.round(atMs),
      forMs: Math.round(Math.min(LENGTH_MAX_MS, prng.exponential(prng.pick(LENGTHS_MS)))),
      order: shuffled(prng, nodes),
      leader: prng.chance(LEADER_CHANCE) || kind === "stepDown",
      dice: prng.int(0, 2 ** 31),
    });
  }
  return schedule;
}
