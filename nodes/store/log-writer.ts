/**
 * The writing end of the log: appends documents to the last segment, rolls to a new one, truncates
 * and resets. It checks that what it is given continues the log, because a log that does not would
 * be refused at the next start. One call at a time, in the order of the queue in nedb-storage.ts.
 */
import assert, { AssertionError } from "node:assert/strict";
import type { Entry, SnapshotData } from "../zab/entry.js";
import { epochOf, formatZxid, type Zxid } from "../zab/zxid.js";
import { type ActiveSegment, openActiveSegment } from "./active-segment.js";
import { chainCrc, type LogPosition } from "./chain.js";
import { type SegmentFile, segmentPath } from "./layout.js";
import { changeLog, type LogChange } from "./log-change.js";
import {
  type Document,
  documentOfEntry,
  documentOfRecord,
  FORMAT_VERSION,
  type Identity,
  type LogRecord,
  type NodeState,
  type SegmentHeader,
} from "./log-document.js";
import {
  follows,
  noteEpochEnd,
  withCommit,
  withInitialize,
  withPromise,
} from "./segment-content.js";
import { createSegment, readSegment } from "./segment-file.js";

/** The end of the log as the writer must know it to go on. */
export interface LogTail {
  /** Oldest first; the last one is being written. */
  readonly segments: readonly SegmentFile[];
  readonly end: LogPosition;
  /** The last zxid of each epoch up to and including `end`. */
  readonly epochEnds: readonly Zxid[];
  readonly state: NodeState;
  /** Documents in the last segment, its header not counted. */
  readonly documents: number;
  /** Whether the last segment begins with a snapshot that replaced the log. */
  readonly isReset: boolean;
}

export interface WriterOptions {
  readonly dir: string;
  readonly identity: Identity;
  /** Documents in a segment after which the next is begun. */
  readonly segmentEntries: number;
}

export class LogWriter {
  /** Oldest first; the last one is being written. Never empty. */
  segments: SegmentFile[];
  /** The last entry that was taken; it is durable only after `sync`. */
  end: LogPosition;
  /** Raised whenever files go or are cut: what is being read may be gone. */
  generation = 0;
  /**
   * While a truncation or reset is at work, settles when the files are as `segments` says again.
   */
  changing: Promise<void> | undefined;

  private epochEnds: Zxid[];
  private state: NodeState;
  private documents: number;
  private isReset: boolean;
  private waiting: Document[] = [];
  private isDirty = false;

  private constructor(
    private readonly options: WriterOptions,
    tail: LogTail,
    private active: ActiveSegment,
  ) {
    this.segments = [...tail.segments];
    this.end = tail.end;
    this.epochEnds = [...tail.epochEnds];
    this.state = tail.state;
    this.documents = tail.documents;
    this.isReset = tail.isReset;
  }

  static async open(options: WriterOptions, tail: LogTail): Promise<LogWriter> {
    const last = tail.segments.at(-1);
    assert(last !== undefined, "a log has a last segment");
    return new LogWriter(options, tail, await openActiveSegment(last.path));
  }

  /** The file that is being written. */
  get path(): string {
    return this.active.path;
  }

  /** Where the log begins. */
  get base(): Zxid {
    return this.segments[0]?.base ?? this.end.zxid;
  }

  /** True if a sync is due before anything else is taken, to keep the segment in its bounds. */
  get isFull(): boolean {
    return this.documents >= this.options.segmentEntries;
  }

  /** Takes an entry. Throws if it does not continue the log. */
  append(entry: Entry): void {
    const { zxid, crc } = this.end;
    if (!follows(zxid, entry.zxid) || chainCrc(entry.text, crc) !== entry.crc) {
      const found = `entry ${formatZxid(entry.zxid)} with crc ${entry.crc}`;
      throw new AssertionError({
        message: `${found} does not continue the log at ${formatZxid(zxid)} with crc ${crc}`,
      });
    }
    this.end = entry;
    noteEpochEnd(this.epochEnds, entry.zxid);
    this.put(documentOfEntry(entry));
  }

  promise(epoch: number, to: string): void {
    const { acceptedEpoch, promisedTo } = this.state;
    const isKept = epoch > acceptedEpoch || (epoch === acceptedEpoch && to === promisedTo);
    assert(isKept, `epoch ${epoch} to ${to}, but ${acceptedEpoch} was promised to ${promisedTo}`);
    this.state = withPromise(this.state, epoch, to);
    this.record({ kind: "promise", epoch, to });
  }

  initialize(): void {
    this.state = withInitialize(this.state);
    this.record({ kind: "initialize" });
  }

  /** Takes a hint that all up to `zxid` is committed, as far as the log goes. */
  commit(zxid: Zxid): void {
    const known = zxid < this.end.zxid ? zxid : this.end.zxid;
    if (known <= this.state.commitHint) return;
    this.state = withCommit(this.state, known);
    this.record({ kind: "commit", zxid: known });
  }

  /** Hands all that was taken to the file, in one write. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    const documents = this.waiting;
    this.waiting = [];
    this.isDirty = true;
    await this.active.append(documents);
  }

  /** When this returns, all that was taken is on the disk. Begins a new segment if it is time. */
  async sync(): Promise<void> {
    await this.flush();
    if (!this.isDirty) return;
    await this.active.sync();
    this.isDirty = false;
    if (this.isFull) await this.roll();
  }

  /** Drops every entry after `to`. Durable when this returns. */
  async truncate(to: Zxid): Promise<void> {
    await this.sync();
    const hint = this.state.commitHint;
    assert(to >= this.base, `truncate to ${formatZxid(to)}, below the log's base`);
    assert(to >= hint, `truncate to ${formatZxid(to)}, but ${formatZxid(hint)} is committed`);
    assert(to <= this.end.zxid, `truncate to ${formatZxid(to)}, beyond the log's end`);
    if (to === this.end.zxid) return;
    const segment = this.segments.findLast((older) => older.base <= to);
    assert(segment !== undefined, "a segment holds every zxid above the base");
    const { entries } = await readSegment(segment, false);
    const isThere = segment.base === to || entries.some((entry) => entry.zxid === to);
    assert(isThere, `truncate to ${formatZxid(to)}, which is not in the log`);
    await this.change({ kind: "truncate", to, state: this.state }, async () => {
      const content = await readSegment(segment, false);
      this.segments = this.segments.filter((kept) => kept.base <= to);
      this.end = content.end;
      this.epochEnds = [...content.epochEnds];
      await this.reopen(segment, content.documents, content.header.reset);
    });
  }

  /**
   * Replaces the whole log by the snapshot, which is durable already. Durable when this returns.
   */
  async reset(snapshot: SnapshotData): Promise<void> {
    await this.sync();
    this.state = withCommit(this.state, snapshot.zxid);
    const epoch = epochOf(snapshot.zxid);
    if (epoch > this.state.acceptedEpoch) this.state = withPromise(this.state, epoch, "");
    this.end = { zxid: snapshot.zxid, crc: snapshot.crc };
    this.epochEnds = [...snapshot.epochEnds];
    await this.change({ kind: "reset", header: this.header(true) }, async () => {
      const path = segmentPath(this.options.dir, snapshot.zxid);
      const segment = { base: snapshot.zxid, path };
      this.segments = [segment];
      await this.reopen(segment, 0, true);
    });
  }

  /** Takes the oldest segments out of the log; the caller then drops their files. */
  forget(count: number): SegmentFile[] {
    if (count > 0) this.generation += 1;
    return this.segments.splice(0, count);
  }

  /** Lets go of the files. What was taken and not synced may be lost. */
  async close(): Promise<void> {
    await this.active.close();
  }

  private put(document: Document): void {
    this.waiting.push(document);
    this.documents += 1;
  }

  private record(record: LogRecord): void {
    this.put(documentOfRecord(record, this.documents + 1));
  }

  private header(reset: boolean): SegmentHeader {
    const { identity } = this.options;
    const { state } = this;
    const { zxid: base, crc: baseCrc } = this.end;
    return {
      identity,
      format: FORMAT_VERSION,
      base,
      baseCrc,
      epochEnds: [...this.epochEnds],
      state,
      reset,
    };
  }

  /**
   * Begins the next segment. Everything before it is synced, so that only the last segment can ever
   * be torn. A segment without entries is replaced by its successor, which has the same base and
   * says all of its records.
   */
  private async roll(): Promise<void> {
    const replaces = this.segments.at(-1)?.base === this.end.zxid;
    const reset = replaces && this.isReset;
    const segment = await createSegment(this.options.dir, this.header(reset));
    await this.active.close();
    if (replaces) this.segments.pop();
    this.segments.push(segment);
    await this.reopen(segment, 0, reset);
  }

  private async change(change: LogChange, follow: () => Promise<void>): Promise<void> {
    const work = async () => {
      this.generation += 1;
      await this.active.close();
      await changeLog(this.options.dir, change);
      await follow();
    };
    const done = work();
    // Readers wait for its end only; a failure goes to whoever asked for the change.
    this.changing = done.catch(() => undefined);
    await done;
    this.changing = undefined;
  }

  private async reopen(segment: SegmentFile, documents: number, isReset: boolean): Promise<void> {
    this.active = await openActiveSegment(segment.path);
    this.documents = documents;
    this.isReset = isReset;
  }
}
