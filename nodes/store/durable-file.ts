/**
 * Files that are either wholly there or not there at all after a crash, and the syncs that make it
 * so. Not for the log's own appends: those are in active-segment.ts.
 */
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "./layout.js";

/** Makes creations, renames and removals in `dir` durable; syncing a file does not do that. */
export async function syncDirectory(dir: string): Promise<void> {
  await syncFile(dir);
}

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces or creates `path` in one step: `write` fills a temporary file, which is synced and
 * renamed over it. When this returns, the file and its name are durable.
 */
export async function replaceFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.tmp`;
  const handle = await open(unfinished, "w");
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, path);
  await syncDirectory(dirname(path));
}

/** Removes the file if it is there. Durable only after the directory is synced. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * What a failed write or sync means for the person who runs the node. `file` is the one in question
 * where the error does not name one itself.
 */
export function describeFailure(error: unknown, file: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
  const path = error instanceof Error && "path" in error ? String(error.path) : file;
  const text = error instanceof Error ? error.message : String(error);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return (
      `the disk is full: cannot write ${path} (${code}). The node ends here; nothing that it ` +
      "confirmed is lost. Free some space and start it again."
    );
  }
  return (
    `the disk failed: cannot write or sync ${path} (${code}: ${text}). The node ends here, ` +
    "because what was written may not be on the disk; nothing that it confirmed is affected. " +
    "Check the disk, then start it again."
  );
}
