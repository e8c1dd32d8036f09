/**
 * What the bytes of one log segment say, checked line by line: JSON, crc, chain, contiguity.
 * Nothing is opened or changed here, and nothing is skipped: the content ends where the first doubt
 * begins. What lies behind a damaged line is for segment-scan.ts to find out.
 */

import type { Entry } from "../zab/entry.js";
import { counterOf, epochOf, formatZxid, type Zxid } from "../zab/zxid.js";
import { chainCrc, type LogPosition } from "./chain.js";
import { type SegmentFile, zxidToHex } from "./layout.js";
import { type Decoded, decodeLine, type NodeState, type SegmentHeader } from "./log-document.js";
import { StorageDamage } from "./storage-damage.js";
import { isTorn } from "./torn-tail.js";

export interface SegmentContent {
  readonly header: SegmentHeader;
  readonly entries: Entry[];
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

export function withInitialize(state: NodeState): NodeState {
  return { ...state, initialized: true, distrusted: false };
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
  const reader = new SegmentReader(segment.path, first.header);
  const tail = starts.at(-1) ?? bytes.length;
  for (let index = 1; index < starts.length - 1; index++) {
    const damage = reader.take(decodeLine(lineAt(bytes, starts, index)));
    if (damage !== undefined) return { content: reader.content(starts[index] ?? 0, false), damage };
  }
  if (tail === bytes.length) return { content: reader.content(tail, false), damage: undefined };
  if (isLast && isTorn(bytes, tail)) {
    return { content: reader.content(tail, true), damage: undefined };
  }
  const damage = reader.damaged("The line has no end.");
  return { content: reader.content(tail, false), damage };
}

/** Takes the lines of a segment after its header, one by one, and checks each in its place. */
export class SegmentReader {
  /** The entry before the next one. */
  end: LogPosition;
  private readonly entries: Entry[] = [];
  private state: NodeState;
  private line = 1;
  private readonly epochEnds: Zxid[];

  constructor(
    private readonly file: string,
    private readonly header: SegmentHeader,
  ) {
    this.state = header.state;
    this.end = { zxid: header.base, crc: header.baseCrc };
    this.epochEnds = [...header.epochEnds];
  }

  /** What is wrong with the next line, if it is not what was written here. */
  take(decoded: Decoded): StorageDamage | undefined {
    const why = objection(decoded, this.end);
    if (why !== undefined) return this.damaged(why);
    this.line += 1;
    if (decoded.kind === "entry") {
      const { entry } = decoded;
      this.entries.push(entry);
      this.end = entry;
      noteEpochEnd(this.epochEnds, entry.zxid);
    } else {
      this.state = withRecord(this.state, decoded);
    }
    return undefined;
  }

  /** Damage of the next line. */
  damaged(what: string): StorageDamage {
    return new StorageDamage(this.file, this.line + 1, this.end.zxid, what);
  }

  content(soundBytes: number, torn: boolean): SegmentContent {
    const { header, entries, state, end, epochEnds } = this;
    const documents = this.line - 1;
    return { header, entries, state, end, epochEnds, documents, soundBytes, torn };
  }
}

/** The state after a record; entries do not change it. */
export function withRecord(state: NodeState, decoded: Decoded): NodeState {
  if (decoded.kind === "promise") return withPromise(state, decoded.epoch, decoded.to);
  if (decoded.kind === "initialize") return withInitialize(state);
  return decoded.kind === "commit" ? withCommit(state, decoded.zxid) : state;
}

/** Why the document cannot stand after that place of the log; undefined if it can. */
export function objection(decoded: Decoded, end: LogPosition): string | undefined {
  switch (decoded.kind) {
    case "entry":
      return entryObjection(decoded.entry, end);
    case "promise":
    case "initialize":
    case "commit":
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

function entryObjection(entry: Entry, { zxid, crc }: LogPosition): string | undefined {
  if (!follows(zxid, entry.zxid)) {
    const found = `${formatZxid(entry.zxid)} (${zxidToHex(entry.zxid)})`;
    return `The entry ${found} cannot follow ${formatZxid(zxid)}.`;
  }
  if (chainCrc(entry.text, crc) === entry.crc) return undefined;
  return `The crc of ${formatZxid(entry.zxid)} does not fit its text and the entry before.`;
}

/** The offset of each line; the last one is where an unfinished line begins, or the file's end. */
export function lineStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

/** The line without its newline; empty if there is no whole line of that index. */
export function lineAt(bytes: Buffer, starts: readonly number[], index: number): string {
  const start = starts[index];
  const next = starts[index + 1];
  return start === undefined || next === undefined ? "" : bytes.toString("utf8", start, next - 1);
}
