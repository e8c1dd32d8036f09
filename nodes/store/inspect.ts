/**
 * Reads a node's log straight from its files, for a person: of a stopped node or of one that runs,
 * without its lock and without changing anything. Archived segments come first, so that it begins
 * as early as it can.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../zab/entry.js";
import { formatZxid, ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import { type Finding, findDamage } from "./findings.js";
import { ARCHIVE_DIRECTORY, isMissing, listDirectory, type SegmentFile } from "./layout.js";
import { type LogChange, readChange } from "./log-change.js";
import { checkLink } from "./segment-chain.js";
import { type ReadContent, readContent, type SegmentContent } from "./segment-content.js";
import { readSnapshot } from "./snapshot-store.js";
import { StorageDamage, StorageRefused } from "./storage-damage.js";

export interface Inspection {
  /** The newest zxid that the files themselves say is committed. */
  readonly commitHint: Zxid;
  /** The last entry that was read; where the log begins if it has none. */
  readonly end: Zxid;
  /** What is worth knowing and not wrong. */
  readonly notes: readonly string[];
  readonly damage: readonly Finding[];
}

/** Gets the entries in order, some at a time, and what is known to be committed. */
export type EntryTaker = (entries: readonly Entry[], commitHint: Zxid) => Promise<void>;

/**
 * Reads every line of every segment, and with `snapshots` every snapshot, too. Throws
 * StorageRefused if there is no log in the directory, or files of several owners.
 */
export async function inspectDirectory(
  dir: string,
  snapshots: boolean,
  take: EntryTaker,
): Promise<Inspection> {
  const inspector = new Inspector(dir, snapshots, take);
  const found = await inspector.inspect();
  if (!inspector.isSuspicious) return { ...found, damage: [] };
  // A node that runs may have cut or dropped a file while it was read; damage stays where it is.
  const damage = await findOnQuietFiles(dir);
  const again = new Set((await findOnQuietFiles(dir)).map((finding) => finding.damage.message));
  return { ...found, damage: damage.filter((finding) => again.has(finding.damage.message)) };
}

const ATTEMPTS_MAX = 5;

/** Begins again if a file went meanwhile. */
async function findOnQuietFiles(dir: string): Promise<Finding[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await findDamage(dir);
    } catch (error) {
      if (!isMissing(error) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

class Inspector {
  /** Whether anything was not as it should be; what it is, findings.ts says. */
  isSuspicious = false;
  private readonly notes: string[] = [];
  private readonly crcs = new Map<Zxid, number>();
  private clusterId = "";
  private commitHint: Zxid = ZXID_ZERO;
  private end: Zxid = ZXID_ZERO;

  constructor(
    private readonly dir: string,
    private readonly withSnapshots: boolean,
    private readonly take: EntryTaker,
  ) {}

  async inspect(): Promise<Omit<Inspection, "damage">> {
    const archived = (await listDirectory(join(this.dir, ARCHIVE_DIRECTORY))).segments;
    const listing = await listDirectory(this.dir);
    const segments = [...archived, ...listing.segments];
    if (segments.length === 0) throw new StorageRefused(`${this.dir} holds no log.`);
    const change = await this.change();
    const newestSnapshot = listing.snapshots[0]?.zxid ?? ZXID_ZERO;
    const lastState = (await this.read(segments.at(-1), true))?.content?.state;
    this.commitHint = lastState?.commitHint ?? ZXID_ZERO;
    if (newestSnapshot > this.commitHint) this.commitHint = newestSnapshot;
    for (const { zxid } of listing.snapshots) this.crcs.set(zxid, -1);
    await this.readSegments(segments, archived.length, change);
    if (this.withSnapshots) await this.checkSnapshots();
    const { commitHint, end, notes } = this;
    return { commitHint, end, notes };
  }

  /** A change that a crash interrupted, or one that is being made right now. */
  private async change(): Promise<LogChange | undefined> {
    try {
      const change = await readChange(this.dir);
      if (change?.kind === "truncate") {
        const to = formatZxid(change.to);
        this.notes.push(`a truncation to ${to} is under way, to be finished at the next start`);
      } else if (change?.kind === "reset") {
        const base = formatZxid(change.header.base);
        this.notes.push(`a reset to ${base} is under way, to be finished at the next start`);
      } else if (change?.kind === "anew") {
        this.notes.push(
          `all is being set aside in ${change.aside}, to be finished at the next start`,
        );
      }
      return change;
    } catch (error) {
      if (error instanceof StorageDamage) this.isSuspicious = true;
      else if (!isMissing(error)) throw error;
      return undefined;
    }
  }

  private async readSegments(
    segments: readonly SegmentFile[],
    archived: number,
    change: LogChange | undefined,
  ): Promise<void> {
    const limit = change?.kind === "truncate" ? change.to : undefined;
    let before: SegmentContent | undefined;
    for (const [index, segment] of segments.entries()) {
      if (limit !== undefined && segment.base > limit) break;
      const isLast = index === segments.length - 1;
      const read = await this.read(segment, isLast);
      if (read?.damage !== undefined) this.isSuspicious = true;
      const content = read?.content;
      if (before !== undefined && content !== undefined) {
        if (index === archived && content.header.reset) this.noteReset(content);
        else this.link(segment, before, content, index === archived);
      }
      // After damage the next segment still says in its header where it begins.
      before = read?.damage === undefined ? content : undefined;
      if (content === undefined) continue;
      if (content.torn) {
        this.notes.push(
          `${segment.path} ends in an unfinished write, as while a node is writing or after it ` +
            "was killed; the next start cuts it off",
        );
      }
      this.clusterId = content.header.identity.clusterId;
      this.noteCrcs(content);
      const { entries } = content;
      const wanted = limit === undefined ? entries : entries.filter((entry) => entry.zxid <= limit);
      // A log that a snapshot replaced may hold nothing beyond where it begins.
      this.end = wanted.at(-1)?.zxid ?? segment.base;
      await this.take(wanted, this.commitHint);
    }
  }

  /** Undefined if the file went since it was listed, as when a node drops old segments. */
  private async read(
    segment: SegmentFile | undefined,
    isLast: boolean,
  ): Promise<ReadContent | undefined> {
    if (segment === undefined) return undefined;
    try {
      return readContent(await readFile(segment.path), segment, isLast);
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.notes.push(`${segment.path} went while it was to be read`);
      return undefined;
    }
  }

  private link(
    segment: SegmentFile,
    before: SegmentContent,
    { header }: SegmentContent,
    isFirst: boolean,
  ): void {
    if (checkLink(segment, before, header) === undefined) return;
    // The archive stays as it was when a start sets old segments aside.
    const gap = `${formatZxid(before.end.zxid)} and ${formatZxid(header.base)}`;
    if (isFirst) this.notes.push(`what was between ${gap} is not in the log any more`);
    else this.isSuspicious = true;
  }

  private noteReset({ header }: SegmentContent): void {
    this.notes.push(`the log was replaced by a snapshot at ${formatZxid(header.base)}`);
  }

  private noteCrcs({ header, entries }: SegmentContent): void {
    if (this.crcs.has(header.base)) this.crcs.set(header.base, header.baseCrc);
    for (const { zxid, crc } of entries) if (this.crcs.has(zxid)) this.crcs.set(zxid, crc);
  }

  private async checkSnapshots(): Promise<void> {
    for (const file of (await listDirectory(this.dir)).snapshots) {
      try {
        const { crc, zxid } = await readSnapshot(file, this.clusterId);
        const expected = this.crcs.get(zxid);
        if (expected !== undefined && expected !== crc) this.isSuspicious = true;
      } catch (error) {
        if (error instanceof StorageDamage) this.isSuspicious = true;
        else if (!isMissing(error)) throw error;
      }
    }
  }
}
