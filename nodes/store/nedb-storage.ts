/**
 * Storage on NeDB: one queue of writes, synced in groups. While one sync runs, batches collect;
 * then all of them go to the file as one write, one sync makes them durable, and the newest is
 * reported. There is no second order: promises, truncations and resets stand in the same queue as
 * the entries.
 *
 * The queue holds what the driver hands over between two syncs; its bound is the driver's bound on
 * outstanding commands. After a failed write or sync nothing is written or reported any more.
 */
import assert, { AssertionError } from "node:assert/strict";
import type { Entry, SnapshotData, WriteOp } from "../zab/entry.js";
import { ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import type { DirectoryLock } from "./directory-lock.js";
import { describeFailure } from "./durable-file.js";
import { ANSWER_ENTRIES, heldOf } from "./hole.js";
import { Housekeeper } from "./housekeeper.js";
import type { SoundLog } from "./load-log.js";
import type { Identity } from "./log-document.js";
import { type LogView, oldestZxid, readEntries } from "./log-reader.js";
import { LogWriter } from "./log-writer.js";
import type { OldSegments } from "./retention.js";
import { checkSealedSegment, SCRUB_STEP_MS, ScrubPlan } from "./scrub.js";
import { readSnapshot } from "./snapshot-store.js";
import type { Held, Recovered, Storage, Want } from "./storage.js";
import { StorageDamage } from "./storage-damage.js";

const AT_NEXT_START = "The node ends here. Start it again: it repairs itself from the others.";

/** How long a commit hint may wait for a write that takes it along. */
const HINT_DELAY_MS = 250;

export interface NedbStorageOptions {
  readonly dir: string;
  readonly identity: Identity;
  /** Documents in one log segment file before the next is begun. */
  readonly segmentEntries: number;
  readonly oldSegments: OldSegments;
  /** Ends the process; called at most once, with the last line to print. */
  readonly fail: (why: string) => void;
}

/** The directory is locked and was loaded; the storage releases the lock when it is closed. */
export async function createNedbStorage(
  options: NedbStorageOptions,
  lock: DirectoryLock,
  { tail, snapshots, recovered }: SoundLog,
): Promise<Storage> {
  const { dir, identity, segmentEntries, oldSegments, fail } = options;
  const { clusterId } = identity;
  const writer = await LogWriter.open({ dir, identity, segmentEntries }, tail);
  const keeper = new Housekeeper({ dir, clusterId, oldSegments }, writer, snapshots);
  return new NedbStorage(clusterId, fail, lock, writer, keeper, recovered);
}

interface Batch {
  readonly number: number;
  readonly ops: readonly WriteOp[];
}

class NedbStorage implements Storage {
  private queue: Batch[] = [];
  private isRunning = false;
  private running: Promise<void> = Promise.resolve();
  private listener: ((batch: number) => void) | undefined;
  private durableEnd: Zxid;
  private committed: Zxid = ZXID_ZERO;
  private hintTimer: NodeJS.Timeout | undefined;
  private isHintDue = false;
  private life: "open" | "closing" | "failed" = "open";
  /** What ended this, if it has failed. */
  private failure: unknown;
  private oldest: { readonly base: Zxid; readonly zxid: Zxid } | undefined;
  private readonly scrubPlan = new ScrubPlan();
  private readonly scrubTimer: NodeJS.Timeout;
  private scrubbing: Promise<void> | undefined;

  constructor(
    private readonly clusterId: string,
    private readonly fail: (why: string) => void,
    private readonly lock: DirectoryLock,
    private readonly writer: LogWriter,
    private readonly keeper: Housekeeper,
    readonly recovered: Recovered,
  ) {
    this.durableEnd = writer.end.zxid;
    this.scrubTimer = setInterval(() => this.scrub(), SCRUB_STEP_MS).unref();
  }

  write(batch: number, ops: readonly WriteOp[]): void {
    assert(this.life !== "closing", "a write after close");
    if (this.life === "failed") return;
    this.queue.push({ number: batch, ops });
    this.start();
  }

  onDurable(listener: (batch: number) => void): void {
    this.listener = listener;
  }

  noteCommit(zxid: Zxid): void {
    if (zxid <= this.committed) return;
    this.committed = zxid;
    if (this.hintTimer !== undefined || this.life !== "open") return;
    this.hintTimer = setTimeout(() => {
      this.hintTimer = undefined;
      this.isHintDue = true;
      this.start();
    }, HINT_DELAY_MS).unref();
  }

  saveSnapshot(snapshot: SnapshotData, done: () => void): void {
    if (this.life !== "open") return;
    const saved = this.guard(() => this.keeper.save(snapshot, this.durableEnd));
    void saved.then((isSaved) => {
      if (isSaved) done();
    });
  }

  async read(after: Zxid, limit: number): Promise<{ entries: Entry[]; oldest: Zxid }> {
    for (;;) {
      await this.writer.changing;
      const view = this.view();
      try {
        const entries = await readEntries(view, after, limit);
        const oldest = await this.oldestOf(view);
        // What was under way when damage showed elsewhere is not answered either.
        if (this.life === "failed") throw this.failure;
        if (view.isCurrent()) return { entries, oldest };
      } catch (error) {
        if (view.isCurrent() || this.life === "failed") {
          // Nobody is to be told anything from files that are not what was written.
          this.end(error);
          throw error;
        }
      }
      // Files went or were cut while we read them: begin again with what there is now.
    }
  }

  fetch(want: Want, answer: (held: Held) => void): void {
    this.read(want.after.zxid, ANSWER_ENTRIES).then(
      ({ entries, oldest }) => answer(heldOf(want, entries, oldest)),
      // That was the end, and was said.
      () => undefined,
    );
  }

  async close(): Promise<void> {
    if (this.life === "closing") return;
    const isSound = this.life === "open";
    this.life = "closing";
    clearTimeout(this.hintTimer);
    clearInterval(this.scrubTimer);
    await this.running;
    await this.keeper.idle();
    await this.scrubbing;
    if (isSound) {
      await this.guard(async () => {
        this.writer.commit(this.committed);
        await this.writer.sync();
      });
    }
    await this.writer.close();
    await this.lock.release();
  }

  private start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.running = this.run();
  }

  private async run(): Promise<void> {
    // What else is written in this turn of the event loop goes into the same sync.
    await Promise.resolve();
    while (this.queue.length > 0 || this.isHintDue) {
      const batches = this.queue;
      this.queue = [];
      if (!(await this.guard(() => this.persist(batches)))) break;
      this.durableEnd = this.writer.end.zxid;
      const newest = batches.at(-1);
      if (newest !== undefined) this.listener?.(newest.number);
    }
    this.isRunning = false;
  }

  private async persist(batches: readonly Batch[]): Promise<void> {
    for (const { ops } of batches) for (const op of ops) await this.take(op);
    if (this.isHintDue) this.writer.commit(this.committed);
    this.isHintDue = false;
    if (batches.length > 0) await this.writer.sync();
    else await this.writer.flush();
  }

  private async take(op: WriteOp): Promise<void> {
    switch (op.kind) {
      case "append":
        for (const entry of op.entries) {
          this.writer.append(entry);
          if (this.writer.isFull) await this.writer.sync();
        }
        return;
      case "promise":
        this.writer.promise(op.epoch, op.to);
        return;
      case "initialize":
        this.writer.initialize();
        return;
      case "truncate":
        this.writer.commit(this.committed);
        await this.writer.truncate(op.to);
        this.durableEnd = this.writer.end.zxid;
        return;
      case "reset":
        await this.keeper.reset(op.snapshot);
        this.durableEnd = this.writer.end.zxid;
        return;
      default:
        op satisfies never;
    }
  }

  /** False if the task failed, and then this was the end. */
  private async guard(task: () => Promise<void>): Promise<boolean> {
    if (this.life === "failed") return false;
    try {
      await task();
      return true;
    } catch (error) {
      this.end(error);
      return false;
    }
  }

  private end(error: unknown): void {
    if (this.life === "failed") return;
    this.life = "failed";
    this.failure = error;
    clearTimeout(this.hintTimer);
    clearInterval(this.scrubTimer);
    if (error instanceof StorageDamage) this.fail(`${error.message} ${AT_NEXT_START}`);
    else if (error instanceof AssertionError) this.fail(`an invariant is broken: ${error.message}`);
    else this.fail(describeFailure(error, this.writer.path));
  }

  /** Reads one sealed file again, if one is due. */
  private scrub(): void {
    if (this.scrubbing !== undefined) return;
    const view = this.view();
    const { snapshots } = this.keeper;
    const sealed = view.segments.slice(0, -1);
    const path = this.scrubPlan.next([...sealed, ...snapshots].map((file) => file.path));
    const snapshot = snapshots.find((file) => file.path === path);
    const index = sealed.findIndex((file) => file.path === path);
    const [segment, next] = [sealed[index], view.segments[index + 1]];
    const check = async () => {
      try {
        if (snapshot !== undefined) await readSnapshot(snapshot, this.clusterId);
        else if (segment !== undefined && next !== undefined) {
          await checkSealedSegment(segment, next);
        }
      } catch (error) {
        // It may have been dropped or cut while it was read.
        if (view.isCurrent() && this.keeper.snapshots === snapshots) this.end(error);
      }
      this.scrubbing = undefined;
    };
    if (path !== undefined) this.scrubbing = check();
  }

  private view(): LogView {
    const { generation, segments } = this.writer;
    const isCurrent = () => this.writer.generation === generation;
    // A truncation ends a moment before it is noted here.
    const { zxid } = this.writer.end;
    const isBeyond = this.durableEnd > zxid;
    const end = isBeyond ? zxid : this.durableEnd;
    return { segments: [...segments], end, isCurrent };
  }

  private async oldestOf(view: LogView): Promise<Zxid> {
    const base = view.segments[0]?.base ?? ZXID_ZERO;
    if (this.oldest?.base === base && view.isCurrent()) return this.oldest.zxid;
    const zxid = await oldestZxid(view);
    if (zxid !== base) this.oldest = { base, zxid };
    return zxid;
  }
}
