/**
 * The log segments among a node's files, also those that the node has dropped or replaced: archived
 * by name of inode, they let a whole log be put together at the end (whole-log.ts).
 */
import fs from "node:fs";
import { join } from "node:path";
import { type DiskNotes, keptFile, readNames, readTree } from "./disk-notes.js";

const SEGMENT = /(^|\/)log-[0-9a-f]{16}\.db$/;

export interface SegmentOnDisk {
  readonly path: string;
  readonly bytes: number;
}

export function isSegment(path: string): boolean {
  return SEGMENT.test(path);
}

/** The one that the node appends to; undefined if it has none. */
export function newestSegment(dir: string): SegmentOnDisk | undefined {
  if (!fs.existsSync(dir)) return undefined;
  const name = fs.readdirSync(dir).filter(isSegment).sort().at(-1);
  if (name === undefined) return undefined;
  const path = join(dir, name);
  // It may just be giving way to another one.
  const bytes = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return { path, bytes };
}

/** Links every segment that the directory has or had into `archive`. The node must be dead. */
export function archiveSegments(notes: DiskNotes, archive: string): void {
  const keep = (path: string, inode: number): void => {
    const target = join(archive, String(inode));
    if (fs.existsSync(path) && !fs.existsSync(target)) fs.linkSync(path, target);
  };
  for (const { path, inode } of readTree(notes.dir)) {
    if (isSegment(path)) keep(join(notes.dir, path), inode);
  }
  for (const picture of readNames(notes).pictures) {
    for (const { path, inode } of picture) if (isSegment(path)) keep(keptFile(notes, inode), inode);
  }
}
