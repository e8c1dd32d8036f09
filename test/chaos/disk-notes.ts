/**
 * Notes about what of a node's directory has reached the disk, kept beside it. The node's own
 * process writes them (preload.ts) before it hears that a sync has ended; power-cut.ts reads them
 * when the process is dead. So nothing that a node was told to be durable is ever missing here.
 *
 * lengths/INODE    how many bytes of the file are durable
 * names.jsonl      a picture of all names after each change of one, and when a directory was synced
 * kept/INODE       a file that lost its name, for a power cut may give it back
 *
 * The lock files are left out: after a crash they name a dead process, there or not.
 */
import fs from "node:fs";
import { dirname, join, relative } from "node:path";

export interface TreeEntry {
  /** Below the directory. */
  readonly path: string;
  readonly inode: number;
  readonly isDirectory: boolean;
}

/** All names at one moment, parents before what is in them. */
export type Picture = readonly TreeEntry[];

/** A line of names.jsonl. */
type NamesLine =
  | { readonly picture: Picture }
  /** That directory ("" is the whole one) was synced when `pictures` of them had been taken. */
  | { readonly synced: string; readonly pictures: number };

export interface DiskNotes {
  /** The directory that they are about; it may be missing. */
  readonly dir: string;
  readonly root: string;
}

export interface NotedNames {
  /** Never empty; the last one is how the names are now. */
  readonly pictures: readonly Picture[];
  /** The first picture that a power cut may leave of a directory's names. */
  firstPossible(directory: string): number;
}

// Kept from before preload.ts puts its own in their places.
const { readdirSync, statSync, linkSync, writeFileSync, appendFileSync, readFileSync } = fs;

function lengthFile({ root }: DiskNotes, inode: number): string {
  return join(root, "lengths", String(inode));
}

export function keptFile({ root }: DiskNotes, inode: number): string {
  return join(root, "kept", String(inode));
}

function namesFile({ root }: DiskNotes): string {
  return join(root, "names.jsonl");
}

export function readTree(dir: string): Picture {
  const entries: TreeEntry[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || isLock(entry.name)) continue;
      const isDirectory = stat.isDirectory();
      entries.push({ path: relative(dir, path), inode: stat.ino, isDirectory });
      if (isDirectory) visit(path);
    }
  };
  if (fs.existsSync(dir)) visit(dir);
  return entries;
}

export function isLock(name: string): boolean {
  return name === "lock" || name.startsWith("lock-");
}

/** All that is there now counts as durable, as after a start of the machine. */
export function beginNotes(notes: DiskNotes): void {
  fs.rmSync(notes.root, { recursive: true, force: true });
  fs.mkdirSync(join(notes.root, "lengths"), { recursive: true });
  fs.mkdirSync(join(notes.root, "kept"));
  const picture = readTree(notes.dir);
  for (const { path, inode, isDirectory } of picture) {
    if (!isDirectory) noteLength(notes, inode, statSync(join(notes.dir, path)).size);
  }
  writeFileSync(namesFile(notes), `${JSON.stringify({ picture })}\n`);
}

/** One write to a file that is never shortened, so a kill leaves the old number or the new one. */
export function noteLength(notes: DiskNotes, inode: number, bytes: number): void {
  const file = lengthFile(notes, inode);
  const descriptor = fs.openSync(file, fs.existsSync(file) ? "r+" : "w");
  fs.writeSync(descriptor, String(bytes).padStart(16), 0);
  fs.closeSync(descriptor);
}

/** 0 for a file that was never synced. */
export function durableLength(notes: DiskNotes, inode: number): number {
  const file = lengthFile(notes, inode);
  return fs.existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

export function notePicture(notes: DiskNotes): void {
  appendLine(notes, { picture: readTree(notes.dir) });
}

export function noteDirectorySync(notes: DiskNotes, directory: string, pictures: number): void {
  appendLine(notes, { synced: directory, pictures });
}

/** Before the name goes: the file must stay for as long as its old name may come back. */
export function keepFile(notes: DiskNotes, path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || isLock(relative(notes.dir, path))) return;
  if (stat.isDirectory()) {
    for (const { path: inside } of readTree(path)) keepFile(notes, join(path, inside));
    return;
  }
  const kept = keptFile(notes, stat.ino);
  if (!fs.existsSync(kept)) linkSync(path, kept);
}

export function readNames(notes: DiskNotes): NotedNames {
  const pictures: Picture[] = [];
  const syncedAt = new Map<string, number>();
  for (const text of readFileSync(namesFile(notes), "utf8").split("\n")) {
    // A kill may have left half of the last line, of a picture that nobody was told of.
    if (!text.endsWith("}")) continue;
    const line: NamesLine = JSON.parse(text);
    if ("picture" in line) pictures.push(line.picture);
    else syncedAt.set(line.synced, Math.max(line.pictures - 1, syncedAt.get(line.synced) ?? 0));
  }
  return { pictures, firstPossible: (directory) => syncedAt.get(directory) ?? 0 };
}

/**
 * Forgets what no power cut can bring back any more, between two lives of the process: all before
 * the last sync of the directory, and the kept files that only older pictures name.
 */
export function trimNotes(notes: DiskNotes): void {
  const names = readNames(notes);
  const first = names.firstPossible("");
  const pictures = names.pictures.slice(first);
  const named = new Set(pictures.flatMap((picture) => picture.map(({ inode }) => String(inode))));
  for (const folder of ["lengths", "kept"]) {
    for (const name of readdirSync(join(notes.root, folder))) {
      if (!named.has(name)) fs.rmSync(join(notes.root, folder, name));
    }
  }
  const lines: NamesLine[] = pictures.map((picture) => ({ picture }));
  for (const { path, isDirectory } of pictures.at(-1) ?? []) {
    const synced = names.firstPossible(path) - first;
    if (isDirectory && synced > 0) lines.push({ synced: path, pictures: synced + 1 });
  }
  const beside = `${namesFile(notes)}.new`;
  writeFileSync(beside, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  fs.renameSync(beside, namesFile(notes));
}

/** The directory of a path as pictures name it: "" for the whole one. */
export function directoryOf(path: string): string {
  const directory = dirname(path);
  return directory === "." ? "" : directory;
}

function appendLine(notes: DiskNotes, line: NamesLine): void {
  appendFileSync(namesFile(notes), `${JSON.stringify(line)}\n`);
}
