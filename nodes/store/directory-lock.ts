/**
 * One process at a time may have a data directory open: two writers would tear the log apart, and
 * NeDB has no lock of its own. The lock is a file that names its holder by pid and by the moment
 * that process started, so that a lock left by a killed process is told from one that is held.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, LOCK_FILE } from "./layout.js";
import { parseFields } from "./log-document.js";
import { StorageRefused } from "./storage-damage.js";

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Attempts before giving up; more than one only if others race for a stale lock. */
const ATTEMPTS_MAX = 5;

/** Throws StorageRefused, naming the pid, if a live process holds the directory. */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  const path = join(dir, LOCK_FILE);
  const own = `${JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })}\n`;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await placeLock(path, own)) {
      return {
        async release() {
          if ((await readLock(path)) === own) await unlink(path);
        },
      };
    }
    const held = await readLock(path);
    if (held === undefined) continue;
    const holder = await liveHolder(held);
    if (holder !== undefined) throw inUse(dir, holder);
    await removeStaleLock(path, held);
  }
  throw new StorageRefused(`${dir} is being opened by several processes at once; try again.`);
}

/** A link is made in one step with its whole content; false if there is a lock already. */
async function placeLock(path: string, own: string): Promise<boolean> {
  const unfinished = `${path}-${randomUUID()}.tmp`;
  await writeFile(unfinished, own);
  try {
    await link(unfinished, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(unfinished);
  }
}

/** Moves the lock aside before it is removed: another process may have taken it over just now. */
async function removeStaleLock(path: string, stale: string): Promise<void> {
  const aside = `${path}-${randomUUID()}.tmp`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if ((await readLock(aside)) === stale) await unlink(aside);
  else await rename(aside, path);
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The pid in the lock if that very process still runs. */
async function liveHolder(lock: string): Promise<number | undefined> {
  const fields = parseFields(lock);
  const pid = fields?.pid;
  // 0 and what is below it name groups of processes, one of which always runs.
  if (typeof pid !== "number" || pid < 1 || !isRunning(pid)) return undefined;
  return (await startOf(pid)) === fields?.started ? pid : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Without the right to signal it, the process is there all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** When the process started, in clock ticks since boot; "" where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; the start is the 20th field after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    // No /proc on this system, or the process ended meanwhile; then the pid alone must do.
    return "";
  }
}

function inUse(dir: string, pid: number): StorageRefused {
  const who = pid === process.pid ? "this process already" : `process ${pid}`;
  return new StorageRefused(
    `${dir} is in use by ${who}. Stop that node first, or give this one another data directory.`,
  );
}
