/**
 * Leaves of a dead node's directory what a power cut would have left: what was synced, and of the
 * rest some of the newest bytes and names, as a disk may or may not have had the time to write
 * them. The notes of preload.ts say what was synced.
 *
 * Names reach the disk in their order, as journaling file systems see to; bytes of one file, too,
 * but for a last part that may read as NULs. What is not synced and lost here was never promised.
 */
import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Prng } from "../sim/prng.js";
import {
  beginNotes,
  type DiskNotes,
  directoryOf,
  durableLength,
  keptFile,
  type NotedNames,
  type Picture,
  readNames,
  readTree,
  type TreeEntry,
} from "./disk-notes.js";

const SECTOR_BYTES = 512;

export interface PowerCut {
  /** Of all files together. */
  readonly lostBytes: number;
  /** Changes of names in the directory itself that never happened. */
  readonly lostNames: number;
}

/** The process must be dead. Everything that is left is durable then. */
export function cutPower(notes: DiskNotes, prng: Prng): PowerCut {
  const names = readNames(notes);
  const last = names.pictures.length - 1;
  const reached = prng.chance(0.5) ? last : prng.int(0, last);
  const left = leftNames(names, reached);
  const paths = pathsByInode(notes);
  const beside = `${notes.dir}.after-power-cut`;
  fs.rmSync(beside, { recursive: true, force: true });
  fs.mkdirSync(beside);
  let lostBytes = 0;
  for (const { path, inode, isDirectory } of left) {
    const target = join(beside, path);
    fs.mkdirSync(isDirectory ? target : dirname(target), { recursive: true });
    if (isDirectory) continue;
    const found = paths.get(inode);
    if (found === undefined) throw new Error(`${path}: its file is gone, and was to be kept`);
    lostBytes += loseBytes(found, durableLength(notes, inode), prng);
    fs.linkSync(found, target);
  }
  fs.rmSync(notes.dir, { recursive: true, force: true });
  fs.renameSync(beside, notes.dir);
  beginNotes(notes);
  return { lostBytes, lostNames: last - Math.max(reached, names.firstPossible("")) };
}

/** Each directory as it was when `reached` was taken, or at its last sync if that came later. */
function leftNames(names: NotedNames, reached: number): Picture {
  const left: TreeEntry[] = [];
  const visit = (directory: string): void => {
    const picture = names.pictures[Math.max(reached, names.firstPossible(directory))] ?? [];
    for (const entry of picture) {
      if (directoryOf(entry.path) !== directory) continue;
      left.push(entry);
      if (entry.isDirectory) visit(entry.path);
    }
  };
  visit("");
  return left;
}

function pathsByInode(notes: DiskNotes): Map<number, string> {
  const kept = join(notes.root, "kept");
  const paths = new Map<number, string>();
  for (const name of fs.readdirSync(kept)) {
    paths.set(Number(name), keptFile(notes, Number(name)));
  }
  for (const { path, inode, isDirectory } of readTree(notes.dir)) {
    if (!isDirectory) paths.set(inode, join(notes.dir, path));
  }
  return paths;
}

/** Returns how many bytes are gone. */
function loseBytes(path: string, durable: number, prng: Prng): number {
  const { size } = fs.statSync(path);
  if (size <= durable) return 0;
  const written = prng.chance(0.3) ? durable : prng.int(durable, size);
  const sector = Math.ceil(written / SECTOR_BYTES) * SECTOR_BYTES;
  if (sector < size && prng.chance(0.2)) {
    // The file had grown on the disk, and these sectors had not been filled.
    const end = prng.int(sector + 1, size);
    const descriptor = fs.openSync(path, "r+");
    fs.writeSync(descriptor, Buffer.alloc(end - sector), 0, end - sector, sector);
    fs.ftruncateSync(descriptor, end);
    fs.closeSync(descriptor);
    return size - sector;
  }
  fs.truncateSync(path, written);
  return size - written;
}
