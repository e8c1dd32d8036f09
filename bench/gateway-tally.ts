/**
 * What one watcher was delivered and when, and what follows from many of these: how late they were,
 * how long they were without anything, and whether each saw all of the log once. A place is a zxid
 * as a plain number, exact for every epoch that a bench lives to see.
 */
import { median } from "./spread.js";

export interface Tally {
  /** Of the first snapshot; undefined before it. */
  from: number | undefined;
  /** Of each delivered transaction, as it came. */
  readonly places: number[];
  /** When its bytes were read, by machineMs(). */
  readonly atMs: number[];
  /** That brought transactions, or only the news that others' rooms went on. */
  messages: number;
  /** The first one included; any other replaced transactions that were not delivered. */
  snapshots: number;
  /** Everything up to here was seen, or replaced by a snapshot. */
  upTo: number;
  /** Why the server ended it, if it did. */
  ended: string | undefined;
}

export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The log of a node, and what is known of each transaction in it; NaN where nothing is. */
export interface TimedLog {
  readonly places: Float64Array;
  /** Just before the command was handed to its stream. */
  readonly issuedMs: Float64Array;
  /** When whoever sent the command read that it is committed. */
  readonly answeredMs: Float64Array;
}

export interface Verdict {
  readonly watchers: number;
  readonly deliveries: number;
  /** More than 1: a watcher, or the server, was late, so that several came together. */
  readonly perMessage: number;
  /** Transactions of the log that a watcher was not delivered. */
  readonly missed: number;
  readonly repeated: number;
  /** Delivered, and in no log. */
  readonly foreign: number;
  /** Snapshots in the middle of a stream. */
  readonly resyncs: number;
  /** Watchers whose stream ended, and why the first of them did. */
  readonly ended: number;
  readonly endedWhy: string | undefined;
  readonly fromIssue: Quantiles;
  readonly fromAnswer: Quantiles;
  /** From the issue to the slowest watcher of each transaction. */
  readonly toLast: Quantiles;
}

export function createTally(): Tally {
  return {
    from: undefined,
    places: [],
    atMs: [],
    messages: 0,
    snapshots: 0,
    upTo: 0,
    ended: undefined,
  };
}

export function placeOf(zxid: bigint): number {
  return Number(zxid);
}

/** NaN of nothing. Millions of values are sorted once, not once a figure. */
function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** `log` holds all that concerns the watchers, from before their first snapshot to its end. */
export function judge(tallies: readonly Tally[], log: TimedLog): Verdict {
  const { places, issuedMs, answeredMs } = log;
  const lastMs = new Float64Array(places.length).fill(Number.NaN);
  const sinceIssue: number[] = [];
  const sinceAnswer: number[] = [];
  let deliveries = 0;
  let missed = 0;
  let repeated = 0;
  let foreign = 0;
  for (const tally of tallies) {
    let before = tally.from ?? 0;
    let at = firstAfter(places, before);
    for (const [index, place] of tally.places.entries()) {
      deliveries++;
      if (place <= before) {
        repeated++;
        continue;
      }
      before = place;
      for (; (places[at] ?? Number.POSITIVE_INFINITY) < place; at++) missed++;
      if (places[at] !== place) {
        foreign++;
        continue;
      }
      const lateMs = (tally.atMs[index] ?? Number.NaN) - (issuedMs[at] ?? Number.NaN);
      if (!Number.isNaN(lateMs)) {
        sinceIssue.push(lateMs);
        sinceAnswer.push((tally.atMs[index] ?? 0) - (answeredMs[at] ?? 0));
        if (!(lateMs <= (lastMs[at] ?? 0))) lastMs[at] = lateMs;
      }
      at++;
    }
    missed += places.length - at;
  }
  const ends = tallies.map(({ ended }) => ended).filter((why) => why !== undefined);
  return {
    watchers: tallies.length,
    deliveries,
    perMessage: deliveries / tallies.reduce((sum, { messages }) => sum + messages, 0),
    missed,
    repeated,
    foreign,
    resyncs: tallies.reduce((sum, { snapshots }) => sum + Math.max(0, snapshots - 1), 0),
    ended: ends.length,
    endedWhy: ends[0],
    fromIssue: quantilesOf(sinceIssue),
    fromAnswer: quantilesOf(sinceAnswer),
    toLast: quantilesOf([...lastMs].filter((ms) => !Number.isNaN(ms))),
  };
}

/** The longest time between two deliveries of which some part lies within the two times. */
export function longestGapMs({ atMs }: Tally, fromMs: number, toMs: number): number {
  let longest = 0;
  for (let index = Math.max(1, firstAfter(atMs, fromMs)); index < atMs.length; index++) {
    const before = atMs[index - 1] ?? 0;
    if (before > toMs) break;
    longest = Math.max(longest, (atMs[index] ?? 0) - before);
  }
  return longest;
}

/** What lies between two deliveries when nothing is wrong; what came in one message is one. */
export function usualGapMs({ atMs }: Tally, fromMs: number, toMs: number): number {
  const first = firstAfter(atMs, fromMs);
  const within = [...new Set(atMs.slice(first, firstAfter(atMs, toMs)))];
  return median(within.slice(1).map((at, index) => at - (within[index] ?? at)));
}

/** The index of the first value beyond `limit`, by halves. */
function firstAfter(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? limit) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
