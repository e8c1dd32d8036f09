/**
 * Reads a whole data directory, every line of every file, and says what is sound, what the others
 * can replace, and what is in doubt. It changes nothing; load-log.ts acts on it.
 */
import { readFile } from "node:fs/promises";
import type { SnapshotData } from "../zab/entry.js";
import { formatZxid, ZXID_ZERO } from "../zab/zxid.js";
import type { LogPosition } from "./chain.js";
import { listDirectory, type SegmentFile, type SnapshotFile } from "./layout.js";
import type { Identity, SegmentHeader } from "./log-document.js";
import { findLostHeader } from "./lost-header.js";
import { checkIdentity, checkLink, readOwnHeader } from "./segment-chain.js";
import { readContent, type SegmentContent } from "./segment-content.js";
import { type SegmentHole, scanSegment } from "./segment-scan.js";
import { readSnapshot } from "./snapshot-store.js";
import { StorageDamage } from "./storage-damage.js";

export interface DamagedSegment {
  readonly segment: SegmentFile;
  /** Its own, or the one that it must have had. */
  readonly header: SegmentHeader;
  /** Set if the header must be written anew, in place of all the bytes before this one. */
  readonly bodyFrom: number | undefined;
  readonly holes: readonly SegmentHole[];
  /** For people: one for each place. Never empty. */
  readonly damage: readonly StorageDamage[];
  /** False if every start can do without it and all before it. */
  readonly isNeeded: boolean;
  /** Where the next segment begins; "last" if there is none, "unknown" if its header is bad. */
  readonly next: LogPosition | "last" | "unknown";
}

export interface LostSegment {
  readonly segment: SegmentFile;
  readonly damage: readonly StorageDamage[];
}

export interface BadSnapshot {
  readonly file: SnapshotFile;
  readonly damage: StorageDamage;
}

export interface Examination {
  /** Oldest first. */
  readonly segments: readonly SegmentFile[];
  /** Those that a start needs; whole only if nothing is damaged or in doubt. */
  readonly contents: readonly SegmentContent[];
  /** Those that can be made whole again. */
  readonly damaged: readonly DamagedSegment[];
  /** Segments that no start needs and nobody can make whole; they and all before them must go. */
  readonly lost: readonly LostSegment[];
  /** Newest first, those that read back. */
  readonly snapshots: readonly SnapshotFile[];
  readonly snapshot: SnapshotData | undefined;
  /** Snapshots that a start can do without. */
  readonly badSnapshots: readonly BadSnapshot[];
  /** What may have been confirmed or promised and can be told no more. */
  readonly doubts: readonly StorageDamage[];
}

/**
 * The directory holds at least one segment, and no truncation or reset is under way. Throws
 * StorageRefused if any of its files is another's.
 */
export async function examineLog(dir: string, identity: Identity): Promise<Examination> {
  const { segments, snapshots } = await listDirectory(dir);
  const headers: (SegmentHeader | undefined)[] = [];
  for (const segment of segments) {
    const header = await readOwnHeader(segment);
    if (header !== undefined) checkIdentity(segment, header, identity);
    headers.push(header);
  }
  const examiner = new Examiner(identity, segments, headers);
  await examiner.readSnapshots(snapshots);
  await examiner.readSegments();
  examiner.checkSnapshot();
  return examiner;
}

class Examiner implements Examination {
  readonly contents: SegmentContent[] = [];
  readonly damaged: DamagedSegment[] = [];
  readonly lost: LostSegment[] = [];
  readonly snapshots: SnapshotFile[] = [];
  snapshot: SnapshotData | undefined;
  readonly badSnapshots: BadSnapshot[] = [];
  readonly doubts: StorageDamage[] = [];

  constructor(
    private readonly identity: Identity,
    readonly segments: readonly SegmentFile[],
    private readonly headers: readonly (SegmentHeader | undefined)[],
  ) {}

  async readSnapshots(files: readonly SnapshotFile[]): Promise<void> {
    for (const file of files) {
      try {
        const snapshot = await readSnapshot(file, this.identity.clusterId);
        this.snapshot ??= snapshot;
        this.snapshots.push(file);
      } catch (error) {
        if (!(error instanceof StorageDamage)) throw error;
        this.badSnapshots.push({ file, damage: error });
      }
    }
    // Without it, the log must go back to the one that is left, or to the very beginning.
    const from = this.snapshots[0]?.zxid ?? ZXID_ZERO;
    const [oldest] = this.segments;
    if (oldest === undefined || oldest.base <= from) return;
    for (const { damage } of this.badSnapshots.splice(0)) this.doubts.push(damage);
    if (this.doubts.length > 0) return;
    const what = "The log before this file is missing.";
    this.doubts.push(new StorageDamage(oldest.path, undefined, from, what));
  }

  async readSegments(): Promise<void> {
    const firstNeeded = this.firstNeeded();
    let before: SegmentContent | undefined;
    for (const [index, segment] of this.segments.entries()) {
      before = await this.readSegment(segment, index, before, index >= firstNeeded);
    }
  }

  /** The newest snapshot must be a place in this very log, unless that place is to be repaired. */
  checkSnapshot(): void {
    const { snapshot, contents } = this;
    const isWhole = this.doubts.length === 0 && this.damaged.every(({ isNeeded }) => !isNeeded);
    if (snapshot === undefined || !isWhole) return;
    const holder = contents.findLast(({ header }) => header.base <= snapshot.zxid);
    const base = { zxid: holder?.header.base, crc: holder?.header.baseCrc };
    const places = base.zxid === snapshot.zxid ? [base] : (holder?.entries ?? []);
    if (places.find(({ zxid }) => zxid === snapshot.zxid)?.crc === snapshot.crc) return;
    const what =
      `The log does not hold the snapshot's entry ${formatZxid(snapshot.zxid)}; it ends at ` +
      `${formatZxid(contents.at(-1)?.end.zxid ?? ZXID_ZERO)}.`;
    const file = this.segments.at(-1)?.path ?? "";
    this.doubts.push(new StorageDamage(file, undefined, snapshot.zxid, what));
  }

  /** A start needs the log from the older of the two newest snapshots on. */
  private firstNeeded(): number {
    const [newest, older] = this.snapshots.map(({ zxid }) => zxid);
    const reaches = (zxid = ZXID_ZERO) =>
      this.segments.findLastIndex((segment) => segment.base <= zxid);
    const first = older === undefined ? -1 : reaches(older);
    return first === -1 ? Math.max(reaches(newest), 0) : first;
  }

  /** The content of the segment if it is sound. */
  private async readSegment(
    segment: SegmentFile,
    index: number,
    before: SegmentContent | undefined,
    isNeeded: boolean,
  ): Promise<SegmentContent | undefined> {
    const bytes = await readFile(segment.path);
    const isLast = index === this.segments.length - 1;
    const next = isLast ? "last" : placeOf(this.headers[index + 1]);
    const { content, damage } = readContent(bytes, segment, isLast);
    // Not as this.headers has it: a header needs its newline, too.
    const own = content?.header;
    if (content !== undefined && before !== undefined) {
      const wrong = checkLink(segment, before, content.header);
      if (wrong !== undefined) return this.doubt(segment, [wrong], isNeeded);
    }
    if (content !== undefined && damage === undefined && isFollowedBy(content, next)) {
      if (isNeeded) this.contents.push(content);
      return content;
    }
    const lost = own === undefined;
    const found = lost
      ? findLostHeader(bytes, segment, before, this.identity, isLast)
      : { header: own, bodyFrom: undefined };
    const bad = new StorageDamage(segment.path, 1, segment.base, "The header is bad.");
    if (found === undefined) return this.doubt(segment, [bad], isNeeded);
    const { holes, doubts } = scanSegment({ bytes, segment, next, ...found });
    const all = [...(lost ? [bad] : []), ...holes.map((hole) => hole.damage), ...doubts];
    if (doubts.length > 0) return this.doubt(segment, all, isNeeded);
    this.damaged.push({ segment, ...found, holes, damage: all, isNeeded, next });
    return undefined;
  }

  private doubt(segment: SegmentFile, damage: StorageDamage[], isNeeded: boolean): undefined {
    if (isNeeded) this.doubts.push(...damage);
    else this.lost.push({ segment, damage });
  }
}

function placeOf(header: SegmentHeader | undefined): LogPosition | "unknown" {
  return header === undefined ? "unknown" : { zxid: header.base, crc: header.baseCrc };
}

function isFollowedBy({ end }: SegmentContent, next: LogPosition | "last" | "unknown"): boolean {
  if (next === "last" || next === "unknown") return true;
  return next.zxid === end.zxid && next.crc === end.crc;
}
