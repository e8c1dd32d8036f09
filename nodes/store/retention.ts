/**
 * What goes when a newer snapshot is safe: all snapshots but the two newest, and the log segments
 * that lie wholly below the older of the two. From that one on the log stays whole, so the older
 * snapshot is good for a start if the newest should turn out to be damaged.
 */
import { mkdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeFile, syncDirectory } from "./durable-file.js";
import { ARCHIVE_DIRECTORY, type SegmentFile, type SnapshotFile } from "./layout.js";

export type OldSegments = "keep" | "archive" | "delete";

export const SNAPSHOTS_KEPT = 2;

/** How many of the oldest segments nobody needs. The last segment is never among them. */
export function countOldSegments(
  segments: readonly SegmentFile[],
  snapshots: readonly SnapshotFile[],
): number {
  const older = snapshots[SNAPSHOTS_KEPT - 1];
  if (older === undefined) return 0;
  const firstNeeded = segments.findLastIndex((segment) => segment.base <= older.zxid);
  return Math.max(firstNeeded, 0);
}

/** Oldest first, so that what is left is whole wherever this is interrupted. */
export async function dropSegments(
  dir: string,
  segments: readonly SegmentFile[],
  how: "archive" | "delete",
): Promise<void> {
  const archive = join(dir, ARCHIVE_DIRECTORY);
  if (how === "archive") await mkdir(archive, { recursive: true });
  for (const { path } of segments) {
    if (how === "archive") await rename(path, join(archive, basename(path)));
    else await removeFile(path);
  }
  if (how === "archive") await syncDirectory(archive);
  await syncDirectory(dir);
}
