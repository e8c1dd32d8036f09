/**
 * What is on a simulated medium, and what a write does to it. Checkers look here, never at what a
 * node believes. It knows neither time nor faults: those are sim-disk.ts.
 */
import type { LogPosition } from "../../nodes/store/chain.js";
import type { Recovered } from "../../nodes/store/storage.js";
import type { Entry, SnapshotData, WriteOp } from "../../nodes/zab/entry.js";
import { epochOf, type Zxid } from "../../nodes/zab/zxid.js";

/** Survives everything but a wiped directory. */
export interface Platter {
  acceptedEpoch: number;
  promisedTo: string;
  initialized: boolean;
  /** The log was begun anew because the one before it was damaged. */
  distrusted: boolean;
  /** Oldest first; at most two. */
  snapshots: SnapshotData[];
  base: { zxid: Zxid; crc: number };
  baseEpochEnds: Zxid[];
  entries: Entry[];
  /** Entries that are there and cannot be read: only on the disk of a node that does not run. */
  readonly unreadable: Set<Zxid>;
  /** Damage that hides what else may be lost: the log is to be begun anew. */
  doubtful: boolean;
  commitHint: Zxid;
}

export function createPlatter(initialized: boolean): Platter {
  return {
    acceptedEpoch: 0,
    promisedTo: "",
    initialized,
    distrusted: false,
    snapshots: [],
    base: { zxid: 0n, crc: 0 },
    baseEpochEnds: [],
    entries: [],
    unreadable: new Set(),
    doubtful: false,
    commitHint: 0n,
  };
}

/** Whether all of it can be read. */
export function isWhole({ unreadable, doubtful }: Platter): boolean {
  return unreadable.size === 0 && !doubtful;
}

/** Whether nothing is lost or in doubt here, so that another may lose something. */
export function isSafe(platter: Platter): boolean {
  return platter.initialized && isWhole(platter);
}

/** Whether the entry, or a snapshot that covers it, is on the medium and can be read. */
export function platterHolds(platter: Platter, zxid: Zxid, crc: number): boolean {
  if (platter.doubtful) return false;
  if (zxid <= platter.base.zxid) return true;
  const entry = platter.entries[indexAfter(platter, zxid) - 1];
  return entry?.zxid === zxid && entry.crc === crc && !platter.unreadable.has(zxid);
}

/** Index of the first entry after `zxid`. Most questions are about the newest ones. */
export function indexAfter({ entries }: Platter, zxid: Zxid): number {
  let high = entries.length;
  let stride = 1;
  let low = high - 1;
  while (low >= 0 && (entries[low]?.zxid ?? 0n) > zxid) {
    high = low;
    low -= stride;
    stride *= 2;
  }
  low = Math.max(0, low);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.zxid ?? 0n) <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function lastOf(platter: Platter): Zxid {
  return platter.entries.at(-1)?.zxid ?? platter.base.zxid;
}

export function applyOp(platter: Platter, op: WriteOp): void {
  switch (op.kind) {
    case "append":
      platter.entries.push(...op.entries);
      break;
    case "promise":
      platter.acceptedEpoch = op.epoch;
      platter.promisedTo = op.to;
      break;
    case "initialize":
      platter.initialized = true;
      platter.distrusted = false;
      break;
    case "truncate":
      platter.entries.length = indexAfter(platter, op.to);
      break;
    case "reset":
      platter.snapshots = [op.snapshot];
      platter.base = { zxid: op.snapshot.zxid, crc: op.snapshot.crc };
      platter.baseEpochEnds = [...op.snapshot.epochEnds];
      platter.entries = [];
      platter.commitHint = op.snapshot.zxid;
      break;
    default:
      throw new Error(`unknown op ${JSON.stringify(op satisfies never)}`);
  }
}

/** Keeps the newest two; the log below the older one is no longer needed. */
export function keepSnapshot(platter: Platter, snapshot: SnapshotData): void {
  if (snapshot.zxid <= (platter.snapshots.at(-1)?.zxid ?? -1n)) return;
  platter.snapshots.push(snapshot);
  if (platter.snapshots.length > 2) platter.snapshots.shift();
  const [older] = platter.snapshots;
  if (platter.snapshots.length < 2 || older === undefined) return;
  releaseBelow(platter, older);
}

/** Lets the log begin after that place. */
export function releaseBelow(platter: Platter, { zxid, crc }: LogPosition): void {
  if (zxid <= platter.base.zxid) return;
  for (const dropped of platter.entries.splice(0, indexAfter(platter, zxid))) {
    const end = platter.baseEpochEnds.at(-1);
    const isSameEpoch = end !== undefined && epochOf(end) === epochOf(dropped.zxid);
    if (isSameEpoch) platter.baseEpochEnds.pop();
    platter.baseEpochEnds.push(dropped.zxid);
    platter.unreadable.delete(dropped.zxid);
  }
  platter.base = { zxid, crc };
}

/** `newborn` is the state that a log without any snapshot begins from. */
export function recover(platter: Platter, newborn: SnapshotData | undefined): Recovered {
  return {
    acceptedEpoch: platter.acceptedEpoch,
    promisedTo: platter.promisedTo,
    initialized: platter.initialized,
    distrusted: platter.distrusted,
    snapshot: platter.snapshots.at(-1) ?? newborn,
    base: { ...platter.base },
    baseEpochEnds: [...platter.baseEpochEnds],
    entries: [...platter.entries],
    commitHint: platter.commitHint,
  };
}
