/**
 * What is still known of a damaged segment. Behind a line that cannot be read the log is picked up
 * again at the next entry that another one confirms. Between the two is a hole: if entries alone
 * can have been there, the others have them; if anything else may be lost, that is a doubt, and no
 * doubt is ever resolved here in favour of the log. Nothing is opened or changed.
 *
 * A record (promise, initialize, commit) cannot be fetched from anyone. In all but the last segment
 * that does not matter: the header of the next one says what all records before it came to.
 */
import type { Entry } from "../zab/entry.js";
import type { LogPosition } from "./chain.js";
import { continues, isClosed } from "./hole.js";
import type { SegmentFile } from "./layout.js";
import { type Decoded, decodeLine, type SegmentHeader } from "./log-document.js";
import { lineAt, lineStarts, objection } from "./segment-content.js";
import type { Hole } from "./storage.js";
import { StorageDamage } from "./storage-damage.js";
import { isTorn } from "./torn-tail.js";

/** Damaged bytes of a file: whole lines, one after the other. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface SegmentHole extends Omit<Hole, "isNeeded"> {
  /** At least one; empty, at the end of the file, if lines are missing there. */
  readonly spans: readonly Span[];
  /** The line of `after`, if it has one. */
  readonly afterSpan: Span | undefined;
  /** Why the first line of it cannot be read. */
  readonly damage: StorageDamage;
}

export interface SegmentScan {
  /** All that is sound, in order; where it is not contiguous there is a hole. */
  readonly entries: readonly Entry[];
  /** Oldest first. */
  readonly holes: readonly SegmentHole[];
  /** What may be lost and cannot be fetched. */
  readonly doubts: readonly StorageDamage[];
}

export interface ScanOptions {
  readonly bytes: Buffer;
  readonly segment: SegmentFile;
  /** Its own, or the one that it must have had. */
  readonly header: SegmentHeader;
  /** Where the lines after the header begin; undefined: after the first line. */
  readonly bodyFrom: number | undefined;
  /** Where the next segment begins; "last" if there is none, "unknown" if its header is bad. */
  readonly next: LogPosition | "last" | "unknown";
}

export function scanSegment(options: ScanOptions): SegmentScan {
  return new Scanner(options).scan();
}

interface OpenHole {
  readonly firstLine: number;
  lastLine: number;
  readonly spans: Span[];
  readonly damage: StorageDamage;
}

class Scanner {
  private readonly entries: Entry[] = [];
  private readonly holes: SegmentHole[] = [];
  private readonly doubts: StorageDamage[] = [];
  private readonly starts: readonly number[];
  private readonly documents: readonly Decoded[];
  /** The last sound place. */
  private at: LogPosition;
  private open: OpenHole | undefined;

  constructor(private readonly options: ScanOptions) {
    const { bytes, header, bodyFrom = bytes.indexOf(10) + 1 } = options;
    this.starts = [0, bodyFrom, ...lineStarts(bytes).filter((start) => start > bodyFrom)];
    this.documents = this.starts
      .slice(0, -1)
      .map((_, index) => decodeLine(lineAt(bytes, this.starts, index)));
    this.at = { zxid: header.base, crc: header.baseCrc };
  }

  scan(): SegmentScan {
    for (const [index, decoded] of this.documents.entries()) {
      if (index > 0) this.take(decoded, index);
    }
    this.takeTail();
    this.takeEnd();
    const { entries, holes, doubts } = this;
    return { entries, holes, doubts };
  }

  private take(decoded: Decoded, index: number): void {
    const why = objection(decoded, this.at);
    if (decoded.kind === "entry") {
      const { entry } = decoded;
      if (why === undefined || (this.open !== undefined && this.isBehind(entry, index))) {
        const [from = 0, to = 0] = this.starts.slice(index, index + 2);
        this.close(entry, { from, to });
        this.entries.push(entry);
        this.at = entry;
        return;
      }
    }
    // A sound record stands for itself, wherever it is.
    if (why !== undefined) this.extend(index, why);
  }

  /** Whether the log can be picked up here: the entry has its place, and another confirms it. */
  private isBehind(entry: Entry, index: number): boolean {
    if (entry.zxid <= this.at.zxid + 1n) return false;
    for (const decoded of this.documents.slice(index + 1)) {
      if (decoded.kind === "entry") return continues(entry, decoded.entry);
      if (objection(decoded, entry) !== undefined) return false;
    }
    const { next } = this.options;
    if (next === "unknown") return false;
    // The very last entry is confirmed once what is missing before it has been fetched.
    return next === "last" || (next.zxid === entry.zxid && next.crc === entry.crc);
  }

  /** What follows the last newline. */
  private takeTail(): void {
    const { bytes, next } = this.options;
    const tail = this.starts.at(-1) ?? 0;
    if (tail === bytes.length) return;
    if (next !== "last" || !isTorn(bytes, tail))
      this.extend(this.starts.length - 1, "The line has no end.");
  }

  /** What lies between the last sound entry of this file and the next file. */
  private takeEnd(): void {
    const { at, open } = this;
    const { bytes, next } = this.options;
    if (next === "last" || next === "unknown") {
      if (open !== undefined) this.doubt(this.wholeDamage(open), "Nothing sound follows it.");
      return;
    }
    const isSame = next.zxid === at.zxid && next.crc === at.crc;
    if (open === undefined && isSame) return;
    const lines = this.starts.length - 1;
    const damage = this.damage(lines, "Lines are missing at the end of the file.");
    if (next.zxid <= at.zxid && !isSame) {
      this.doubt(open?.damage ?? damage, "The next file does not follow it.");
      return;
    }
    const end = { from: bytes.length, to: bytes.length };
    this.open ??= { firstLine: lines + 1, lastLine: lines + 1, spans: [end], damage };
    this.close({ ...next, text: undefined }, undefined);
  }

  private extend(index: number, why: string): void {
    const from = this.starts[index] ?? 0;
    const to = this.starts[index + 1] ?? this.options.bytes.length;
    const line = index + 1;
    this.open ??= { firstLine: line, lastLine: line, spans: [], damage: this.damage(index, why) };
    const { spans } = this.open;
    const last = spans.at(-1);
    if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
    else spans.push({ from, to });
    this.open.lastLine = line;
  }

  private close(after: SegmentHole["after"], afterSpan: Span | undefined): void {
    const { open } = this;
    if (open === undefined) return;
    const { zxid, crc } = this.at;
    const before = { zxid, crc };
    const { path: file } = this.options.segment;
    const hole = { file, ...open, damage: this.wholeDamage(open), before, after, afterSpan };
    if (this.options.next === "last" && isClosed(hole, before)) {
      this.doubt(hole.damage, "It may have been a promise.");
      return;
    }
    this.open = undefined;
    this.holes.push(hole);
  }

  private doubt({ line, zxid, what }: StorageDamage, why: string): void {
    this.open = undefined;
    this.doubts.push(new StorageDamage(this.options.segment.path, line, zxid, `${what} ${why}`));
  }

  private wholeDamage({ damage, firstLine, lastLine }: OpenHole): StorageDamage {
    if (lastLine === firstLine) return damage;
    const { file, line, zxid, what } = damage;
    return new StorageDamage(file, line, zxid, `${what} So it is up to line ${lastLine}.`);
  }

  private damage(index: number, what: string): StorageDamage {
    return new StorageDamage(this.options.segment.path, index + 1, this.at.zxid, what);
  }
}
