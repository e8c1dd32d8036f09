/** Which seeds a mutant is hunted with, and in which order. */
import { drawCase, type SimCase } from "../sim/sim-case.js";
import type { Mutant } from "./mutant.js";

/** Repeats begin so far apart that none runs the seeds of another. */
const REPEAT_DISTANCE = 1_000_000;

/** What is healed and judged after the faults takes about so long, in virtual time. */
const AFTER_FAULTS_MS = 9000;

/** The first seed of a repeat; 0 is the first repeat. */
export function firstSeed(repeat: number): number {
  return repeat * REPEAT_DISTANCE + 1;
}

/** Among so many seeds of that repeat those in which the bug can show, in their order. */
export function seedsOf({ showsIn }: Mutant, repeat: number, count: number): number[] {
  const seeds = Array.from({ length: count }, (_, index) => firstSeed(repeat) + index);
  return showsIn === undefined ? seeds : seeds.filter((seed) => showsIn(drawCase(seed)));
}

/** The same seeds, those first that are quickest to run: one of them is to be run ever again. */
export function cheapestFirst(seeds: readonly number[]): number[] {
  const costs = new Map(seeds.map((seed) => [seed, costOf(drawCase(seed))]));
  return seeds.toSorted((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
}

/**
 * About how much there is to do in a case: its heartbeats and its commands, on every node. Few bugs
 * show where one or two nodes are all that there are.
 */
function costOf({ profile: { clients, cluster, faultyMs } }: SimCase): number {
  const work = (30 + clients.memory) * cluster.nodes * (faultyMs + AFTER_FAULTS_MS);
  return cluster.nodes < 3 ? work * 20 : work;
}
