/**
 * What the bytes of one log segment say, checked line by line: JSON, crc, chain, contiguity.
 * Nothing is opened or changed here, and nothing is skipped: the content ends where the first doubt
 * begins.
 *
 * A torn tail is bytes that no JSON reader accepts, at the very end, without a document after them:
 * what a crash leaves of a write that was never reported durable. All else that is wrong is damage.
 */

import type { Entry } from "../zab/entry.js";
import { counterOf, epochOf, formatZxid, type Zxid } from "../zab/zxid.js";
import { chainCrc } from "./chain.js";
import { type SegmentFile, zxidToHex } from "./layout.js";
import { decodeLine, type NodeState, type SegmentHeader } from "./log-document.js";
import { StorageDamage } from "./storage-damage.js";

/** A place in the log. */
export interface LogPosition {
  readonly zxid: Zxid;
  /** Chain value there. */
  readonly crc: number;
}

export interface SegmentContent {
  readonly header: SegmentHeader;
  readonly entries: Entry[];
  /** The line of each entry, counted from 1. */
  readonly lines: number[];
  /** The header's state with all later promises and hints of this file. */
  readonly state: NodeState;
  /** Where the log is after this segment. */
  readonly end: LogPosition;
  /** The last zxid of each epoch up to and including `end`, oldest first. */
  readonly epochEnds: readonly Zxid[];
  /** Documents in the file, the header not counted. */
  readonly documents: number;
  /** Bytes up to the end of the last sound line. */
  readonly soundBytes: number;
  /** Whether unfinished bytes follow the sound ones. */
  readonly torn: boolean;
}

/** The content as far as it is sound, and the damage that ends it, if any. */
export type ReadContent =
  | { readonly content: SegmentContent; readonly damage: StorageDamage | undefined }
  | { readonly content: undefined; readonly damage: StorageDamage };

/**
 * Whether `next` may follow `last`: the next counter of the same epoch, or the marker of a later
 * one. (The zxid after the last counter of an epoch is the marker of the next, so both rules
 * agree.)
 */
export function follows(last: Zxid, next: Zxid): boolean {
  return next === last + 1n || (next > last && counterOf(next) === 0);
}

/**
 * Adds `zxid` to the last zxids of each epoch: as its own epoch's, or in place of an earlier one.
 */
export function noteEpochEnd(ends: Zxid[], zxid: Zxid): void {
  const last = ends.at(-1);
  if (last !== undefined && epochOf(last) === epochOf(zxid)) ends.pop();
  ends.push(zxid);
}

export function withPromise(state: NodeState, epoch: number, to: string): NodeState {
  return epoch < state.acceptedEpoch ? state : { ...state, acceptedEpoch: epoch, promisedTo: to };
}

export function withCommit(state: NodeState, zxid: Zxid): NodeState {
  return zxid <= state.commitHint ? state : { ...state, commitHint: zxid };
}

/** Reads one segment. `isLast`: only there can a torn tail be; elsewhere it is damage. */
export function readContent(bytes: Buffer, segment: SegmentFile, isLast: boolean): ReadContent {
  const starts = lineStarts(bytes);
  const first = decodeLine(lineAt(bytes, starts, 0));
  if (first.kind !== "header" || first.header.base !== segment.base) {
    const what = first.kind === "header" ? "The header is of another file." : "The header is bad.";
    return {
      content: undefined,
      damage: new StorageDamage(segment.path, 1, segment.base, what),
    };
  }
  const reader = new ContentReader(segment.path, first.header);
  for (let index = 1; index < starts.length; index++) {
    const start = starts[index] ?? bytes.length;
    if (start === bytes.length) break;
    const isWhole = index + 1 < starts.length;
    const decoded = isWhole ? decodeLine(lineAt(bytes, starts, index)) : UNFINISHED;
    if (decoded.kind === "unreadable") {
      if (isLast && !hasDocument(bytes, starts, index)) return reader.result(start, true);
      return reader.damaged(start, index + 1, "The line cannot be read.");
    }
    const why = reader.take(decoded, index + 1);
    if (why !== undefined) return reader.damaged(start, index + 1, why);
  }
  return reader.result(bytes.length, false);
}

const UNFINISHED = { kind: "unreadable" } as const;

class ContentReader {
  private readonly entries: Entry[] = [];
  private readonly lines: number[] = [];
  private state: NodeState;
  private end: LogPosition;
  private documents = 0;
  private readonly epochEnds: Zxid[];

  constructor(
    private readonly file: string,
    private readonly header: SegmentHeader,
  ) {
    this.state = header.state;
    this.end = { zxid: header.base, crc: header.baseCrc };
    this.epochEnds = [...header.epochEnds];
  }

  /** Why the document is not what was written here; undefined if it is. */
  take(decoded: ReturnType<typeof decodeLine>, line: number): string | undefined {
    this.documents += 1;
    switch (decoded.kind) {
      case "entry":
        return this.takeEntry(decoded.entry, line);
      case "promise":
        this.state = withPromise(this.state, decoded.epoch, decoded.to);
        return undefined;
      case "initialize":
        this.state = { ...this.state, initialized: true };
        return undefined;
      case "commit":
        this.state = withCommit(this.state, decoded.zxid);
        return undefined;
      case "wrong":
        return `${decoded.why[0]?.toUpperCase()}${decoded.why.slice(1)}.`;
      case "header":
        return "A second header stands in the middle of the file.";
      case "unreadable":
        return "The line cannot be read.";
      default:
        return decoded satisfies never;
    }
  }

  result(soundBytes: number, torn: boolean): ReadContent {
    const { header, entries, lines, state, end, epochEnds, documents } = this;
    const content = { header, entries, lines, state, end, epochEnds, documents, soundBytes, torn };
    return { content, damage: undefined };
  }

  damaged(soundBytes: number, line: number, why: string): ReadContent {
    const damage = new StorageDamage(this.file, line, this.end.zxid, why);
    return { ...this.result(soundBytes, false), damage };
  }

  private takeEntry(entry: Entry, line: number): string | undefined {
    const { zxid, crc } = this.end;
    if (!follows(zxid, entry.zxid)) {
      const found = `${formatZxid(entry.zxid)} (${zxidToHex(entry.zxid)})`;
      return `The entry ${found} cannot follow ${formatZxid(zxid)}.`;
    }
    if (chainCrc(entry.text, crc) !== entry.crc) {
      return `The crc of ${formatZxid(entry.zxid)} does not fit its text and the entry before.`;
    }
    this.entries.push(entry);
    this.lines.push(line);
    this.end = entry;
    noteEpochEnd(this.epochEnds, entry.zxid);
    return undefined;
  }
}

/** The offset of each line; the last one is where an unfinished line begins, or the file's end. */
function lineStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

/** The line without its newline; empty if there is no whole line of that index. */
function lineAt(bytes: Buffer, starts: readonly number[], index: number): string {
  const start = starts[index];
  const next = starts[index + 1];
  return start === undefined || next === undefined ? "" : bytes.toString("utf8", start, next - 1);
}

/** Whether a document can be told in what is left, so that it is damage and not a torn write. */
function hasDocument(bytes: Buffer, starts: readonly number[], from: number): boolean {
  for (let index = from; index < starts.length; index++) {
    const line = bytes.toString("utf8", starts[index], (starts[index + 1] ?? bytes.length + 1) - 1);
    const end = objectEnd(line);
    const rest = line.slice(end).replaceAll("\0", "");
    // A document without its newline is where a write was torn; one that goes on is not.
    const isTorn = rest === "" && index >= starts.length - 1;
    if (end > 0 && !isTorn && decodeLine(line.slice(0, end)).kind !== "unreadable") return true;
  }
  return false;
}

/** Where the JSON object at the beginning of the text ends; 0 if there is none or it has no end. */
function objectEnd(text: string): number {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === "\\") at += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    if (depth === 0 && !isInString) return char === "}" ? at + 1 : 0;
  }
  return 0;
}
