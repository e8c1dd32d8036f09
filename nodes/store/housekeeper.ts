/**
 * Decides which files a node keeps: the two newest snapshots and the log from the older one on. A
 * snapshot and a reset both change the set of files, so they run one after the other here; neither
 * holds up the queue of writes, except that a reset is itself a part of that queue.
 */
import assert from "node:assert/strict";
import type { SnapshotData } from "../zab/entry.js";
import { formatZxid, ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import { incomingPath, type SnapshotFile, snapshotPath } from "./layout.js";
import type { LogWriter } from "./log-writer.js";
import { countOldSegments, dropSegments, type OldSegments, SNAPSHOTS_KEPT } from "./retention.js";
import { removeSnapshots, writeSnapshot } from "./snapshot-store.js";

export interface HousekeeperOptions {
  readonly dir: string;
  readonly clusterId: string;
  readonly oldSegments: OldSegments;
}

export class Housekeeper {
  private busy: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: HousekeeperOptions,
    private readonly writer: LogWriter,
    /** Newest first. Another list whenever it changes. */
    public snapshots: readonly SnapshotFile[],
  ) {}

  /** Ends when nothing is under way, whether it went well or not. */
  async idle(): Promise<void> {
    await this.busy;
  }

  /** Durable when this ends. Does nothing if a newer snapshot came in between, as with a reset. */
  async save(snapshot: SnapshotData, durableEnd: Zxid): Promise<void> {
    await this.alone(async () => {
      if (snapshot.zxid <= (this.snapshots[0]?.zxid ?? ZXID_ZERO)) return;
      const isInLog = snapshot.zxid <= durableEnd;
      assert(isInLog, `snapshot at ${formatZxid(snapshot.zxid)}, which is not durable in the log`);
      // A snapshot is of committed state: from here on no truncation may go below it.
      this.writer.commit(snapshot.zxid);
      const { dir, clusterId, oldSegments } = this.options;
      const path = snapshotPath(dir, snapshot.zxid);
      const file = await writeSnapshot(path, clusterId, snapshot);
      const all = [file, ...this.snapshots];
      this.snapshots = all.slice(0, SNAPSHOTS_KEPT);
      await removeSnapshots(dir, all, this.snapshots);
      if (oldSegments === "keep") return;
      const old = this.writer.forget(countOldSegments(this.writer.segments, this.snapshots));
      if (old.length > 0) await dropSegments(dir, old, oldSegments);
    });
  }

  /** Replaces the log and all snapshots by this one. Durable when this ends. */
  async reset(snapshot: SnapshotData): Promise<void> {
    await this.alone(async () => {
      const { dir, clusterId } = this.options;
      const { zxid } = snapshot;
      // Under its own name only once the log follows it: till then the old log is the log.
      await writeSnapshot(incomingPath(dir, zxid), clusterId, snapshot);
      await this.writer.reset(snapshot);
      this.snapshots = [{ zxid, path: snapshotPath(dir, zxid) }];
    });
  }

  private alone(task: () => Promise<void>): Promise<void> {
    const turn = this.busy.then(task);
    // Whoever asked for the task hears of its failure; the next one only waits for its end.
    this.busy = turn.catch(() => undefined);
    return turn;
  }
}
