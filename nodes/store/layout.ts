/**
 * Names of the files in a node's data directory, and nothing else: no reading, no writing of them.
 *
 *   lock                              who has the directory open
 *   log-<base zxid, 16 hex>.db        one segment: the entries after its base
 *   snapshot-<zxid, 16 hex>.jsonl     the state at exactly that zxid
 *   incoming-<zxid, 16 hex>.jsonl     a snapshot that replaces the log once change.json says so
 *   change.json                       a truncation or reset that is under way (log-change.ts)
 *   archive/                          segments that are no longer needed, if the setting says so
 *   torn-<ms>.bin                     bytes that were cut off the end of the log at a start
 *   damaged-snapshot-<zxid>.jsonl     a snapshot that could not be read back
 *   damaged-log-<base zxid>.db        a segment as it was before its holes were filled
 *   damaged-<ms>/                     a log that could not be made whole, or the oldest part of one
 *   *.tmp                             a file that was never finished; removed at the next start
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Zxid } from "../zab/zxid.js";

export const LOCK_FILE = "lock";
export const CHANGE_FILE = "change.json";
export const ARCHIVE_DIRECTORY = "archive";

const SEGMENT_NAME = /^log-([0-9a-f]{16})\.db$/;
const SNAPSHOT_NAME = /^snapshot-([0-9a-f]{16})\.jsonl$/;

const INCOMING_NAME = /^incoming-[0-9a-f]{16}\.jsonl$/;

/** One file of the log: the entries after `base`, up to the base of the next segment. */
export interface SegmentFile {
  readonly base: Zxid;
  readonly path: string;
}

export interface SnapshotFile {
  readonly zxid: Zxid;
  readonly path: string;
}

/** Whether the name is of something that is kept for a person only, and that no start reads. */
export function isKeptAside(name: string): boolean {
  return name.startsWith("damaged-") || name.startsWith("torn-");
}

export interface DirectoryListing {
  /** Oldest first. */
  readonly segments: SegmentFile[];
  /** Newest first. */
  readonly snapshots: SnapshotFile[];
  readonly hasChange: boolean;
  /** Paths of files that were never finished. */
  readonly unfinished: string[];
  /** Paths of snapshots that were to replace the log. */
  readonly incoming: string[];
  /** Names of all files but the lock. */
  readonly names: string[];
}

/** 16 hex digits, so that names and documents sort as zxids do. */
export function zxidToHex(zxid: Zxid): string {
  return zxid.toString(16).padStart(16, "0");
}

export function zxidFromHex(hex: string): Zxid {
  return BigInt(`0x${hex}`);
}

export function segmentPath(dir: string, base: Zxid): string {
  return join(dir, `log-${zxidToHex(base)}.db`);
}

export function snapshotPath(dir: string, zxid: Zxid): string {
  return join(dir, `snapshot-${zxidToHex(zxid)}.jsonl`);
}

export function incomingPath(dir: string, zxid: Zxid): string {
  return join(dir, `incoming-${zxidToHex(zxid)}.jsonl`);
}

/** What is in the directory; nothing if it does not exist. */
export async function listDirectory(dir: string): Promise<DirectoryListing> {
  const names = await namesIn(dir);
  const segments: SegmentFile[] = [];
  const snapshots: SnapshotFile[] = [];
  const unfinished: string[] = [];
  const incoming: string[] = [];
  for (const name of names) {
    const segment = SEGMENT_NAME.exec(name)?.[1];
    const snapshot = SNAPSHOT_NAME.exec(name)?.[1];
    if (segment !== undefined) segments.push({ base: zxidFromHex(segment), path: join(dir, name) });
    if (snapshot !== undefined)
      snapshots.push({ zxid: zxidFromHex(snapshot), path: join(dir, name) });
    if (name.endsWith(".tmp") && !isLock(name)) unfinished.push(join(dir, name));
    if (INCOMING_NAME.test(name)) incoming.push(join(dir, name));
  }
  segments.sort((a, b) => compareZxids(a.base, b.base));
  snapshots.sort((a, b) => compareZxids(b.zxid, a.zxid));
  return {
    segments,
    snapshots,
    hasChange: names.includes(CHANGE_FILE),
    unfinished,
    incoming,
    names: names.filter((name) => !isLock(name)),
  };
}

/** The lock, or what becomes or was one: not ours to count or remove. */
function isLock(name: string): boolean {
  return name === LOCK_FILE || name.startsWith(`${LOCK_FILE}-`);
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function compareZxids(a: Zxid, b: Zxid): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
