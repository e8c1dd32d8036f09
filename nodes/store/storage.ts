/**
 * What the driver asks of a disk. Two implementations and no third: nedb-storage.ts here and the
 * simulated disk in test/sim. Writes are queued in order and reported durable in order; a failed
 * write or sync never comes back: it ends the process (the simulated one: the simulated process).
 */
import type { Entry, NodeId, SnapshotData, WriteOp } from "../zab/entry.js";
import type { Zxid } from "../zab/zxid.js";
import type { LogPosition } from "./chain.js";

/** Entries that one node asks of another. */
export interface Want {
  /** The place that they are to follow. */
  readonly after: LogPosition;
  /** Only what stands below this is wanted. */
  readonly below: Zxid;
}

/**
 * Why there is nothing of what is wanted: "gone", the log begins later and only a snapshot covers
 * it; "never", it was never here; "unreadable", it is damaged here, too, or may have been lost.
 */
export type Lack = "gone" | "never" | "unreadable";

/** What there is of a want. */
export interface Held {
  /**
   * What follows `after`, in order and chained to it; maybe not all that is wanted. About a
   * megabyte at most.
   */
  readonly entries: readonly Entry[];
  /** Set if and only if there are none. */
  readonly lack: Lack | undefined;
}

/** Whoever holds entries that others may have lost: a storage, and a damaged log too. */
export interface EntrySource {
  /** Answers once, later or at once, from what is durable and sound; never if the disk fails. */
  fetch(want: Want, answer: (held: Held) => void): void;
}

/**
 * A place in a log where lines cannot be read, between two places that are certain. Nothing but
 * entries can have been there, and they are in the log of every node that holds `after`.
 */
export interface Hole {
  /** Where it is, for people. Lines are counted from 1. */
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
  /** The sound place just before. */
  readonly before: LogPosition;
  /**
   * The place behind that is certain. Its text may be damaged all the same, though it can be read:
   * nothing confirms that but the entries before it. Undefined where no line says it, only the
   * header of the next file.
   */
  readonly after: LogPosition & { readonly text: string | undefined };
  /** False if the entries are older than every snapshot, so that a start can do without them. */
  readonly isNeeded: boolean;
}

/** A log with holes, before it is whole again. Nobody may vote, ack or serve by it. */
export interface DamagedLog extends EntrySource {
  /** The holes that are left, oldest first. Once there are none, the log can be opened. */
  readonly holes: readonly Hole[];
  /**
   * Takes all the entries of the hole: contiguous, and they close it (see hole.ts). `done` when
   * they are taken: durable at the latest once no hole is left. False if they do not fit the
   * damaged bytes, so that something else was lost, too.
   */
  fill(hole: Hole, entries: readonly Entry[], done: (fits: boolean) => void): void;
  /** Lets the log begin behind a hole that is not needed. `done` after that is durable. */
  leaveOut(hole: Hole, done: () => void): void;
}

/** What was on disk at opening, already synced again, so that it may be reported to others. */
export interface Recovered {
  readonly acceptedEpoch: number;
  /** Whom acceptedEpoch was promised to; "" if nothing was ever promised. */
  readonly promisedTo: NodeId;
  /** True once an `initialize` was durable; without it this node's vote must not count. */
  readonly initialized: boolean;
  /**
   * True if this log was begun anew because the one before it was damaged: until a leader admits
   * the node, it is not to be taken for one that never held anything.
   */
  readonly distrusted: boolean;
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

export interface Storage extends EntrySource {
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
