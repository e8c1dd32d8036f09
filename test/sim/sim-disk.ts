/**
 * The simulated implementation of nodes/store/storage.ts: a queue of writes on its way to a
 * platter, which a crash may lose or cut off, and which may be slow, full or broken.
 */
import { ANSWER_ENTRIES, heldOf } from "../../nodes/store/hole.js";
import type { Storage } from "../../nodes/store/storage.js";
import type { SnapshotData, WriteOp } from "../../nodes/zab/entry.js";
import { applyOp, indexAfter, keepSnapshot, lastOf, type Platter, recover } from "./platter.js";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";

export { createPlatter, type Platter, platterHolds } from "./platter.js";

export interface DiskProfile {
  readonly syncMeanMs: number;
  /** The chance that a sync takes a hundred times as long. */
  readonly stallChance: number;
}

/** What is wrong with a disk for a while; outlives the processes that use it. */
export interface DiskTrouble {
  /** No write succeeds any more. */
  full: boolean;
  /** The next write or sync fails. */
  failNext: boolean;
  /** How many times as long everything takes. */
  slowness: number;
  /** From now on nothing of the profile's happens either. */
  calm: boolean;
}

export interface DiskCounts {
  stalls: number;
  errors: number;
  /** Crashes that lost something that was on its way, and those that cut it off in the middle. */
  lostWrites: number;
  tornWrites: number;
  /** Crashes that left a later part of a write and not an earlier one. */
  scrambledWrites: number;
}

export interface SimDisk extends Storage {
  /** The process died: unsynced writes may be on the medium, as a prefix, or not at all. */
  crash(prng: Prng): void;
  /** Batches that are on their way. */
  readonly pending: number;
}

export interface SimDiskOptions {
  /** Calls back when the disk has worked for so long, whatever has become of the process. */
  readonly after: (delayMs: number, fn: () => void) => void;
  readonly trouble: DiskTrouble;
  readonly counts: DiskCounts;
  /** The chance that a write or sync fails, which must end the process. */
  readonly errorChance: number;
  readonly snapshotMeanMs: number;
  /** The state that a log without a snapshot begins from. */
  readonly newborn: SnapshotData | undefined;
  /** Whether a power cut may leave a later part of a write on the medium and not an earlier one. */
  readonly mayScramble: () => boolean;
  /** A write or sync failed. */
  readonly failed: () => void;
}

/** A disk that takes longer is a dead one. */
const SLOWEST_MS = 4000;

interface Batch {
  readonly batch: number;
  readonly ops: readonly WriteOp[];
}

/** Without options: a disk that has no trouble and whose work waits for its process. */
export function createSimDisk(
  platter: Platter,
  process: SimProcess,
  prng: Prng,
  profile: DiskProfile,
  options: SimDiskOptions = untroubled(process),
): SimDisk {
  const { after, trouble, counts, errorChance, snapshotMeanMs } = options;
  let queue: Batch[] = [];
  let syncing: Batch[] = [];
  let listener: (batch: number) => void = () => {};
  let gone = false;

  function tookMs(meanMs: number): number {
    return Math.min(prng.exponential(meanMs) * trouble.slowness, SLOWEST_MS);
  }

  function sync(): void {
    if (gone || syncing.length > 0 || queue.length === 0) return;
    syncing = queue;
    queue = [];
    const stalls = prng.chance(profile.stallChance) && !trouble.calm;
    if (stalls) counts.stalls++;
    // The disk works on while the process is frozen; only the process hears of it later.
    after(tookMs(profile.syncMeanMs * (stalls ? 100 : 1)), () => {
      if (!gone) synced();
    });
  }

  function synced(): void {
    const fails = errorChance > 0 && prng.chance(errorChance) && !trouble.calm;
    if (trouble.full || trouble.failNext || fails) {
      trouble.failNext = false;
      counts.errors++;
      options.failed();
      return;
    }
    for (const { ops } of syncing) for (const op of ops) applyOp(platter, op);
    const last = syncing.at(-1)?.batch ?? 0;
    syncing = [];
    process.run(() => {
      listener(last);
      sync();
    });
  }

  /** Of what was written and never synced, one part is missing and a later one is there. */
  function scramble(ops: readonly WriteOp[], dice: Prng): void {
    const zxids = ops.flatMap((op) => (op.kind === "append" ? op.entries : [])).map((e) => e.zxid);
    const inner = zxids.filter((zxid) => zxid < lastOf(platter));
    if (inner.length === 0 || !options.mayScramble() || !dice.chance(0.2)) return;
    const missing = dice.pick(inner);
    if (platter.entries[indexAfter(platter, missing) - 1]?.zxid !== missing) return;
    platter.unreadable.add(missing);
    counts.scrambledWrites++;
  }

  return {
    recovered: recover(platter, options.newborn),
    get pending() {
      return syncing.length + queue.length;
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
      after(tookMs(snapshotMeanMs), () => {
        if (gone) return;
        keepSnapshot(platter, snapshot);
        process.run(done);
      });
    },
    async read(after, limit) {
      const from = indexAfter(platter, after);
      const oldest = platter.entries[0]?.zxid ?? platter.base.zxid;
      return { entries: platter.entries.slice(from, from + limit), oldest };
    },
    fetch(want, answer) {
      const from = indexAfter(platter, want.after.zxid);
      const oldest = platter.entries[0]?.zxid ?? platter.base.zxid;
      answer(heldOf(want, platter.entries.slice(from, from + ANSWER_ENTRIES), oldest));
    },
    async close() {},
    crash(dice) {
      gone = true;
      const ops = [...syncing, ...queue].flatMap((one) => one.ops);
      syncing = [];
      queue = [];
      // Cut off anywhere; or the machine lived on, or had not begun.
      const cutAt = dice.int(0, ops.length);
      const kept = dice.chance(0.5) ? cutAt : dice.chance(0.5) ? ops.length : 0;
      for (const op of ops.slice(0, kept)) applyOp(platter, op);
      scramble(ops.slice(0, kept), dice);
      const cut = ops[kept];
      if (cut === undefined) return;
      counts.lostWrites++;
      if (cut.kind !== "append") return;
      const entries = cut.entries.slice(0, dice.int(0, cut.entries.length));
      if (entries.length === 0) return;
      counts.tornWrites++;
      applyOp(platter, { kind: "append", entries });
    },
  };
}

function untroubled(process: SimProcess): SimDiskOptions {
  return {
    after: process.after,
    trouble: { full: false, failNext: false, slowness: 1, calm: false },
    counts: { stalls: 0, errors: 0, lostWrites: 0, tornWrites: 0, scrambledWrites: 0 },
    errorChance: 0,
    snapshotMeanMs: 20,
    newborn: undefined,
    mayScramble: () => false,
    failed: () => {},
  };
}
