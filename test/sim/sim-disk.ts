/**
 * The simulated implementation of nodes/store/storage.ts: a platter that survives crashes, and a
 * queue of writes that may be lost in one. Checkers look at the platter, never at what a node
 * believes.
 */
import { ANSWER_ENTRIES, heldOf } from "../../nodes/store/hole.js";
import type { Recovered, Storage } from "../../nodes/store/storage.js";
import type { Entry, SnapshotData, WriteOp } from "../../nodes/zab/entry.js";
import { epochOf, type Zxid } from "../../nodes/zab/zxid.js";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";

/** What is on the medium: survives everything but a wiped directory. */
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
    commitHint: 0n,
  };
}

/** Whether the entry, or a snapshot that covers it, is on the medium. */
export function platterHolds(platter: Platter, zxid: Zxid, crc: number): boolean {
  if (zxid <= platter.base.zxid) return true;
  for (let i = platter.entries.length - 1; i >= 0; i--) {
    const entry = platter.entries[i];
    if (entry === undefined || entry.zxid < zxid) return false;
    if (entry.zxid === zxid) return entry.crc === crc;
  }
  return false;
}

export interface DiskProfile {
  readonly syncMeanMs: number;
  /** The chance that a sync takes a hundred times as long. */
  readonly stallChance: number;
}

export interface SimDisk extends Storage {
  /** From now on no sync stalls. */
  calm(): void;
  /** The process died: unsynced writes may be on the medium, as a prefix, or not at all. */
  crash(prng: Prng): void;
  /** The newest durable batch that was reported or is about to be. */
  readonly syncedBatch: number;
}

export function createSimDisk(
  platter: Platter,
  process: SimProcess,
  prng: Prng,
  profile: DiskProfile,
): SimDisk {
  let queue: { batch: number; ops: readonly WriteOp[] }[] = [];
  let syncing: { batch: number; ops: readonly WriteOp[] }[] = [];
  let listener: (batch: number) => void = () => {};
  let syncedBatch = 0;
  let calm = false;
  const recovered = recover(platter);

  function sync(): void {
    if (syncing.length > 0 || queue.length === 0) return;
    syncing = queue;
    queue = [];
    const stalled = prng.chance(profile.stallChance) && !calm;
    const tookMs = prng.exponential(profile.syncMeanMs) * (stalled ? 100 : 1);
    process.after(tookMs, () => {
      for (const { ops, batch } of syncing) {
        for (const op of ops) applyOp(platter, op);
        syncedBatch = batch;
      }
      syncing = [];
      listener(syncedBatch);
      sync();
    });
  }

  return {
    recovered,
    get syncedBatch() {
      return syncedBatch;
    },
    write(batch, ops) {
      queue.push({ batch, ops });
      sync();
    },
    onDurable(fn) {
      listener = fn;
    },
    noteCommit(zxid) {
      if (prng.chance(0.1) && zxid <= lastOf(platter)) platter.commitHint = zxid;
    },
    saveSnapshot(snapshot, done) {
      process.after(prng.exponential(20), () => {
        if (snapshot.zxid <= (platter.snapshots.at(-1)?.zxid ?? -1n)) {
          done();
          return;
        }
        platter.snapshots.push(snapshot);
        if (platter.snapshots.length > 2) platter.snapshots.shift();
        const older = platter.snapshots[0];
        if (platter.snapshots.length === 2 && older !== undefined) dropBelow(platter, older);
        done();
      });
    },
    async read(after, limit) {
      const entries = platter.entries.filter((entry) => entry.zxid > after).slice(0, limit);
      return { entries, oldest: platter.entries[0]?.zxid ?? platter.base.zxid };
    },
    fetch(want, answer) {
      const next = platter.entries.filter((entry) => entry.zxid > want.after.zxid);
      const oldest = platter.entries[0]?.zxid ?? platter.base.zxid;
      answer(heldOf(want, next.slice(0, ANSWER_ENTRIES), oldest));
    },
    async close() {},
    calm() {
      calm = true;
    },
    crash(dice) {
      const ops = [...syncing, ...queue].flatMap((one) => one.ops);
      const kept = dice.int(0, ops.length);
      for (const [index, op] of ops.entries()) {
        if (index < kept) applyOp(platter, op);
        else if (index === kept && op.kind === "append") {
          // The write was cut off between two of its lines.
          const entries = op.entries.slice(0, dice.int(0, op.entries.length));
          if (entries.length > 0) applyOp(platter, { kind: "append", entries });
        }
      }
      syncing = [];
      queue = [];
    },
  };
}

function lastOf(platter: Platter): Zxid {
  return platter.entries.at(-1)?.zxid ?? platter.base.zxid;
}

function applyOp(platter: Platter, op: WriteOp): void {
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
      platter.entries = platter.entries.filter((entry) => entry.zxid <= op.to);
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

/** Log segments below the older snapshot are no longer needed. */
function dropBelow(platter: Platter, older: SnapshotData): void {
  if (older.zxid <= platter.base.zxid) return;
  for (const entry of platter.entries) {
    if (entry.zxid > older.zxid) break;
    const end = platter.baseEpochEnds.at(-1);
    if (end !== undefined && epochOf(end) === epochOf(entry.zxid)) platter.baseEpochEnds.pop();
    platter.baseEpochEnds.push(entry.zxid);
  }
  platter.entries = platter.entries.filter((entry) => entry.zxid > older.zxid);
  platter.base = { zxid: older.zxid, crc: older.crc };
}

function recover(platter: Platter): Recovered {
  return {
    acceptedEpoch: platter.acceptedEpoch,
    promisedTo: platter.promisedTo,
    initialized: platter.initialized,
    distrusted: platter.distrusted,
    snapshot: platter.snapshots.at(-1),
    base: { ...platter.base },
    baseEpochEnds: [...platter.baseEpochEnds],
    entries: [...platter.entries],
    commitHint: platter.commitHint,
  };
}
