/**
 * The core's view of the log: the newest entries, where each epoch ends, and the chain values. It
 * is a cache of what the disk queue holds, never more: every change here goes out as a write too.
 *
 * Invariants: zxids rise without a gap inside an epoch and an epoch begins with its counter 0;
 * `epochEnds` covers the whole history, also what was trimmed from memory.
 */
import type { Entry } from "./entry.js";
import { counterOf, epochOf, formatZxid, type Zxid } from "./zxid.js";

export interface Log {
  /** The zxid and chain value just before the first entry in memory. */
  base: Zxid;
  baseCrc: number;
  entries: Entry[];
  /** How many entries were ever trimmed from the front; makes positions lasting. */
  trimmed: number;
  /** The last zxid of each epoch, oldest first. */
  epochEnds: Zxid[];
}

export function createLog(
  base: Zxid,
  baseCrc: number,
  baseEpochEnds: readonly Zxid[],
  entries: readonly Entry[],
): Log {
  const log: Log = { base, baseCrc, entries: [], trimmed: 0, epochEnds: [...baseEpochEnds] };
  for (const entry of entries) appendEntry(log, entry);
  return log;
}

export function lastZxid(log: Log): Zxid {
  return log.entries.at(-1)?.zxid ?? log.base;
}

export function lastCrc(log: Log): number {
  return log.entries.at(-1)?.crc ?? log.baseCrc;
}

/**
 * Whether `next` may follow `prev`: the next counter of the same epoch, or a later epoch's marker.
 */
export function follows(prev: Zxid, next: Zxid): boolean {
  if (epochOf(next) === epochOf(prev)) return next === prev + 1n;
  return epochOf(next) > epochOf(prev) && counterOf(next) === 0;
}

/** Throws if the entry does not follow the last one: the caller has checked what peers sent. */
export function appendEntry(log: Log, entry: Entry): void {
  const last = lastZxid(log);
  if (!follows(last, entry.zxid)) {
    throw new Error(`log gap: ${formatZxid(entry.zxid)} cannot follow ${formatZxid(last)}`);
  }
  log.entries.push(entry);
  const end = log.epochEnds.at(-1);
  if (end !== undefined && epochOf(end) === epochOf(entry.zxid)) log.epochEnds.pop();
  log.epochEnds.push(entry.zxid);
}

/** Index in `entries` of the first entry after `zxid`. */
export function indexAfter(log: Log, zxid: Zxid): number {
  let low = 0;
  let high = log.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = log.entries[middle];
    if (entry !== undefined && entry.zxid <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A lasting count of entries up to and including `zxid`; differences are numbers of entries. */
export function positionOf(log: Log, zxid: Zxid): number {
  return log.trimmed + indexAfter(log, zxid);
}

/** The chain value at `zxid`; undefined if that entry is not in memory (nor the base). */
export function crcAt(log: Log, zxid: Zxid): number | undefined {
  if (zxid === log.base) return log.baseCrc;
  const entry = log.entries[indexAfter(log, zxid) - 1];
  return entry?.zxid === zxid ? entry.crc : undefined;
}

/** Drops every entry after `to`, which must be in memory or the base. */
export function truncateLog(log: Log, to: Zxid): void {
  if (crcAt(log, to) === undefined) throw new Error(`no entry ${formatZxid(to)} to truncate to`);
  log.entries.length = indexAfter(log, to);
  while ((log.epochEnds.at(-1) ?? 0n) > to) log.epochEnds.pop();
  const end = log.epochEnds.at(-1);
  if (to !== 0n && end !== to) {
    if (end !== undefined && epochOf(end) === epochOf(to)) log.epochEnds.pop();
    log.epochEnds.push(to);
  }
}

/** Forgets the oldest entries in memory once there are a quarter more than `keep`. */
export function trimLog(log: Log, keep: number, notBeyond: Zxid): void {
  if (log.entries.length <= keep + (keep >>> 2) + 16) return;
  const drop = Math.min(log.entries.length - keep, indexAfter(log, notBeyond));
  const newBase = log.entries[drop - 1];
  if (newBase === undefined) return;
  log.base = newBase.zxid;
  log.baseCrc = newBase.crc;
  log.entries = log.entries.slice(drop);
  log.trimmed += drop;
}

/**
 * The newest zxid that two logs share, from where their epochs end. Exact by log matching: equal
 * zxids mean equal logs up to there, and an epoch has one order, so in the newest epoch that both
 * know, the shorter one is a prefix of the longer. Never decide this by ranges of zxids: a foreign
 * tail can lie between two of ours (ZOOKEEPER-1154).
 */
export function commonZxid(ours: readonly Zxid[], theirs: readonly Zxid[]): Zxid {
  let i = ours.length - 1;
  let j = theirs.length - 1;
  while (i >= 0 && j >= 0) {
    const a = ours[i] ?? 0n;
    const b = theirs[j] ?? 0n;
    if (epochOf(a) === epochOf(b)) return a < b ? a : b;
    if (epochOf(a) > epochOf(b)) i--;
    else j--;
  }
  return 0n;
}
