/**
 * Reads entries back from the segment files while the log goes on: piece by piece, every entry
 * checked against the chain, never beyond what was durable when the reading began.
 */

import type { Entry } from "../zab/entry.js";
import { formatZxid, ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import { chainCrc, type LogPosition } from "./chain.js";
import { type SegmentFile, zxidToHex } from "./layout.js";
import { decodeLine } from "./log-document.js";
import { readLines } from "./read-lines.js";
import { follows } from "./segment-content.js";
import { StorageDamage } from "./storage-damage.js";

/** The log as it is at this moment. */
export interface LogView {
  /** Oldest first. */
  readonly segments: readonly SegmentFile[];
  /** The last durable entry. */
  readonly end: Zxid;
  /** False once a truncation or reset has changed what was read. */
  isCurrent(): boolean;
}

/** `{"_id":"` and then 16 hex digits, or "~" for a record. */
const ID_START = 8;
const ID_END = ID_START + 16;

/**
 * At most `limit` durable entries after `after`, oldest first. Fewer, and those still right, if the
 * log is truncated meanwhile. Throws StorageDamage if an entry is not what was written.
 */
export async function readEntries(view: LogView, after: Zxid, limit: number): Promise<Entry[]> {
  const base = view.segments[0]?.base ?? ZXID_ZERO;
  const reader = new EntryReader(after > base ? after : base, view.end, limit);
  const first = view.segments.findLastIndex((segment) => segment.base <= after);
  for (const segment of view.segments.slice(Math.max(first, 0))) {
    if (reader.isDone || !view.isCurrent()) break;
    await reader.read(segment);
  }
  const last = view.segments.at(-1);
  if (!reader.isDone && view.isCurrent() && last !== undefined) {
    const zxid = reader.entries.at(-1)?.zxid ?? after;
    const what = `Entries up to ${formatZxid(view.end)} should follow.`;
    throw new StorageDamage(last.path, undefined, zxid, what);
  }
  return reader.entries;
}

/** The first durable entry of the log; if there is none, where it begins. */
export async function oldestZxid(view: LogView): Promise<Zxid> {
  const base = view.segments[0]?.base ?? ZXID_ZERO;
  const [first] = await readEntries(view, base, 1);
  return first?.zxid ?? base;
}

class EntryReader {
  readonly entries: Entry[] = [];
  private readonly afterHex: string;
  /** The entry before the next one to be taken; undefined before the first file. */
  private last: LogPosition | undefined;
  private isAtEnd: boolean;

  constructor(
    after: Zxid,
    private readonly end: Zxid,
    private readonly limit: number,
  ) {
    this.afterHex = zxidToHex(after);
    this.isAtEnd = after >= end;
  }

  get isDone(): boolean {
    return this.isAtEnd || this.entries.length >= this.limit;
  }

  async read(segment: SegmentFile): Promise<void> {
    let number = 0;
    let skipped: string | undefined;
    for await (const lines of readLines(segment.path)) {
      for (const line of lines) {
        number += 1;
        if (number === 1) this.last ??= headerPosition(segment, line);
        const hex = line.slice(ID_START, ID_END);
        if (hex.startsWith("~")) continue;
        if (hex <= this.afterHex) {
          skipped = line;
          continue;
        }
        if (skipped !== undefined) this.last = decodeEntry(segment, skipped, number - 1);
        skipped = undefined;
        this.take(segment, line, number);
        if (this.isDone) return;
      }
    }
    if (skipped !== undefined) this.last = decodeEntry(segment, skipped, number);
  }

  private take(segment: SegmentFile, line: string, number: number): void {
    const entry = decodeEntry(segment, line, number);
    const last = this.last;
    if (last === undefined || !follows(last.zxid, entry.zxid)) {
      throw new StorageDamage(segment.path, number, entry.zxid, "The entry is out of order.");
    }
    if (chainCrc(entry.text, last.crc) !== entry.crc) {
      throw new StorageDamage(segment.path, number, entry.zxid, "The entry's crc is wrong.");
    }
    this.last = entry;
    this.entries.push(entry);
    this.isAtEnd = entry.zxid >= this.end;
  }
}

function headerPosition(segment: SegmentFile, line: string): LogPosition {
  const decoded = decodeLine(line);
  if (decoded.kind !== "header") {
    throw new StorageDamage(segment.path, 1, segment.base, "The header is bad.");
  }
  return { zxid: decoded.header.base, crc: decoded.header.baseCrc };
}

function decodeEntry(segment: SegmentFile, line: string, number: number): Entry {
  const decoded = decodeLine(line);
  if (decoded.kind === "entry") return decoded.entry;
  throw new StorageDamage(segment.path, number, segment.base, "The line cannot be read.");
}
