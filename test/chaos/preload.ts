/**
 * Runs inside each node process of a chaos run, before the node's own code: keeps notes of what its
 * files would be after a power cut (disk-notes.ts), moves its wall clock, and, if it is told to,
 * lies about syncing, which a chaos run must find. It changes nothing else of what the node sees.
 *
 * CHAOS_DIR       the node's data directory
 * CHAOS_NOTES     where the notes go
 * CHAOS_CLOCK     a file with the milliseconds by which the wall clock is wrong
 * CHAOS_LIE       never: no sync happens; late: a sync is said to have ended before it began
 */
import fs from "node:fs";
import fsp, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { relative, resolve } from "node:path";
import {
  type DiskNotes,
  durableLength,
  isLock,
  keepFile,
  noteDirectorySync,
  noteLength,
  notePicture,
  readNames,
} from "./disk-notes.js";

const CLOCK_LOOK_MS = 50;
const LATE_MS = 60;

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const notes: DiskNotes = { dir: setting("CHAOS_DIR"), root: setting("CHAOS_NOTES") };
const lie = process.env.CHAOS_LIE ?? "";
let pictures = readNames(notes).pictures.length;

/** Undefined for what is not the node's data. */
function inside(path: unknown): string | undefined {
  if (typeof path !== "string") return undefined;
  const below = relative(notes.dir, resolve(path));
  return below.startsWith("..") || isLock(below) ? undefined : below;
}

function takePicture(): void {
  notePicture(notes);
  pictures += 1;
}

/** Notes a file whose content before now is void. */
function shorten(path: string, bytes: number): void {
  const inode = fs.statSync(path, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return;
  noteLength(notes, inode, Math.min(bytes, durableLength(notes, inode)));
}

/** Operations on names: `lost` tells which of the arguments loses what it named. */
function renaming<A extends unknown[], R>(
  operation: (...args: A) => Promise<R>,
  lost: (...args: A) => unknown,
) {
  return async (...args: A): Promise<R> => {
    const victim = lost(...args);
    const isOurs = args.some((arg) => inside(arg) !== undefined);
    if (isOurs && typeof victim === "string") keepFile(notes, victim);
    const result = await operation(...args);
    if (isOurs) takePicture();
    return result;
  };
}

fsp.rename = renaming(fsp.rename, (_from, to) => to);
fsp.unlink = renaming(fsp.unlink, (path) => path);
fsp.rm = renaming(fsp.rm, (path) => path);
fsp.link = renaming(fsp.link, () => undefined);
Object.assign(fsp, { mkdir: renaming(fsp.mkdir, () => undefined) });

/** Operations that begin a file, or begin it anew. */
const open = fsp.open;
fsp.open = async (path, flags, mode) => {
  const isOurs = inside(path) !== undefined && typeof flags === "string" && flags !== "r";
  const isNew = isOurs && !fs.existsSync(String(path));
  const handle = await open(path, flags, mode);
  if (isOurs && String(flags).startsWith("w")) shorten(String(path), 0);
  if (isNew) takePicture();
  return handle;
};

const { writeFile, copyFile } = fsp;
fsp.writeFile = async (path, ...rest) => {
  await writeFile(path, ...rest);
  if (inside(path) !== undefined) beginAnew(String(path));
};
fsp.copyFile = async (from, to, mode) => {
  await copyFile(from, to, mode);
  if (inside(to) !== undefined) beginAnew(String(to));
};

function beginAnew(path: string): void {
  shorten(path, 0);
  takePicture();
}

/** What is not here must not be used on the node's data, or the notes would be wrong. */
for (const name of ["cp", "rmdir", "symlink", "truncate", "appendFile"] as const) {
  Object.assign(fsp, {
    [name]: () => {
      throw new Error(`test/chaos/preload.ts does not know what fs.promises.${name} does`);
    },
  });
}

const probe = await fsp.open("/dev/null", "r");
const prototype: FileHandle = Object.getPrototypeOf(probe);
await probe.close();

function pathOf(descriptor: number): string {
  return fs.readlinkSync(`/proc/self/fd/${descriptor}`);
}

/** What to note when a sync that begins now has ended. */
function syncNote({ fd }: FileHandle): () => void {
  const below = inside(pathOf(fd));
  const stat = fs.fstatSync(fd);
  const before = pictures;
  if (below === undefined) return () => {};
  if (stat.isDirectory()) return () => noteDirectorySync(notes, below, before);
  return () => noteLength(notes, stat.ino, stat.size);
}

for (const name of ["sync", "datasync"] as const) {
  const operation = prototype[name];
  prototype[name] = async function (this: FileHandle) {
    const note = syncNote(this);
    if (lie === "never") return;
    if (lie === "late") {
      setTimeout(note, LATE_MS);
      return;
    }
    await operation.call(this);
    note();
  };
}

const truncate = prototype.truncate;
prototype.truncate = async function (this: FileHandle, length = 0) {
  await truncate.call(this, length);
  const path = pathOf(this.fd);
  if (inside(path) !== undefined) shorten(path, length);
};

syncBuiltinESMExports();

const now = Date.now;
let wrongMs = 0;
function readClock(): void {
  wrongMs = Number(fs.readFileSync(setting("CHAOS_CLOCK"), "utf8"));
}
readClock();
setInterval(readClock, CLOCK_LOOK_MS).unref();
Date.now = () => now() + wrongMs;
