/**
 * Damaged files that nobody can make whole are moved aside, never deleted: into a directory
 * `damaged-<ms>` inside the node's own. A snapshot keeps its place beside the log, under another
 * name.
 */
import { copyFile, mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory, syncFile } from "./durable-file.js";
import { CHANGE_FILE, listDirectory, type SegmentFile, type SnapshotFile } from "./layout.js";
import { changeLog } from "./log-change.js";
import type { Identity } from "./log-document.js";
import { firstHeader } from "./lost-header.js";

/** Sets everything aside and begins an empty log that is not trusted. Returns where to. */
export async function beginAnew(dir: string, identity: Identity, nowMs: number): Promise<string> {
  const aside = `damaged-${nowMs}`;
  await mkdir(join(dir, aside), { recursive: true });
  if ((await listDirectory(dir)).hasChange) {
    // Its place is needed for the change that says that all goes.
    await copyFile(join(dir, CHANGE_FILE), join(dir, aside, CHANGE_FILE));
    await syncFile(join(dir, aside, CHANGE_FILE));
    await syncDirectory(join(dir, aside));
  }
  const header = firstHeader(identity, "distrusted");
  await changeLog(dir, { kind: "anew", aside, header });
  return aside;
}

/** Takes the oldest segments, given oldest first, out of the log. Returns where they went. */
export async function setSegmentsAside(
  dir: string,
  oldest: readonly SegmentFile[],
  nowMs: number,
): Promise<string> {
  const aside = `damaged-${nowMs}`;
  await mkdir(join(dir, aside), { recursive: true });
  // In this order what is left is contiguous wherever this is interrupted.
  for (const { path } of oldest) await rename(path, join(dir, aside, basename(path)));
  await syncDirectory(join(dir, aside));
  await syncDirectory(dir);
  return aside;
}

/** Returns the new name. */
export async function setSnapshotAside(file: SnapshotFile): Promise<string> {
  const dir = dirname(file.path);
  const aside = `damaged-${basename(file.path)}`;
  await rename(file.path, join(dir, aside));
  await syncDirectory(dir);
  return aside;
}
