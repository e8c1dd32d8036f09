/**
 * What the driver asks of a disk. Two implementations and no third: nedb-storage.ts here and the
 * simulated disk in test/sim. Writes are queued in order and reported durable in order; a failed
 * write or sync never comes back: it ends the process (the simulated one: the simulated process).
 */
import type { Entry, NodeId, SnapshotData, WriteOp } from "../zab/entry.js";
import type { Zxid } from "../zab/zxid.js";

/** What was on disk at opening, already synced again, so that it may be reported to others. */
export interface Recovered {
  readonly acceptedEpoch: number;
  /** Whom acceptedEpoch was promised to; "" if nothing was ever promised. */
  readonly promisedTo: NodeId;
  /** True once an `initialize` was durable; without it this node's vote must not count. */
  readonly initialized: boolean;
  /** The newest valid snapshot, if any. */
  readonly snapshot: SnapshotData | undefined;
  /** Where `entries` begins: the zxid and chain value just before the first of them. */
  readonly base: { readonly zxid: Zxid; readonly crc: number };
  /** The log after `base`; base.zxid <= snapshot.zxid, so it may begin before the snapshot. */
  readonly entries: readonly Entry[];
  /** The last zxid of each epoch up to and including `base.zxid`, oldest first. */
  readonly baseEpochEnds: readonly Zxid[];
  /** A zxid known to be committed; may lag, never leads. */
  readonly commitHint: Zxid;
}

export interface Storage {
  readonly recovered: Recovered;
  /** Queues ops as batch number `batch` (1, 2, 3, ...). Returns at once. */
  write(batch: number, ops: readonly WriteOp[]): void;
  /** Called with the newest durable batch number, in order; batches synced together report once. */
  onDurable(listener: (batch: number) => void): void;
  /** Remembers, lazily and without a sync of its own, that everything up to zxid is committed. */
  noteCommit(zxid: Zxid): void;
  /**
   * Saves a snapshot beside the log, then drops, archives or keeps the log segments that lie wholly
   * below the older of the two newest snapshots. Never holds up writes. `done` after it is durable.
   */
  saveSnapshot(snapshot: SnapshotData, done: () => void): void;
  /**
   * Entries after `after`, oldest first, at most `limit`, from disk. `oldest` is the first kept.
   */
  read(after: Zxid, limit: number): Promise<{ entries: Entry[]; oldest: Zxid }>;
  /** Syncs what is queued and releases the directory. */
  close(): Promise<void>;
}
