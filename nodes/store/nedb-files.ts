/**
 * Takes over how NeDB reaches the files of the log, and only those: every other datastore in the
 * process keeps NeDB's own way. Three of its functions are replaced, because
 *
 * - its append opens, writes and closes the file through the thread pool, which costs more than the
 *   sync itself; ours writes to one long-lived descriptor and never leaves a short write unnoticed;
 * - its load keeps every document in memory, drops lines that it cannot read and rewrites the file;
 *   ours leaves the file alone and starts empty: segment-content.ts has read and checked it.
 *
 * The files stay what NeDB makes of its documents, and any NeDB can open a copy of them.
 */
import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { Readable } from "node:stream";
import storage from "@seald-io/nedb/lib/storage.js";

/** A file that NeDB appends to through us. */
export interface NedbFile {
  /** Appends that went through here; it must grow with every insert. */
  readonly appends: number;
  /** Whether NeDB asked us for its content and for its rewrite, as it does at every load. */
  readonly wasLoaded: boolean;
  release(): void;
}

interface OwnFile {
  readonly descriptor: number;
  appends: number;
  wasRead: boolean;
  wasRewritten: boolean;
}

/** Keyed by the path as NeDB was given it. One entry for each open log of this process. */
const ownFiles = new Map<string, OwnFile>();

const stock = { ...storage };

storage.appendFileAsync = async (path, data, options) => {
  const own = ownFiles.get(path);
  if (own === undefined) return stock.appendFileAsync(path, data, options);
  own.appends += 1;
  writeWhole(own.descriptor, Buffer.from(data));
};

storage.readFileStream = (path, options) => {
  const own = ownFiles.get(path);
  if (own === undefined) return stock.readFileStream(path, options);
  own.wasRead = true;
  return Readable.from([]);
};

storage.crashSafeWriteFileLinesAsync = async (path, lines, modes) => {
  const own = ownFiles.get(path);
  if (own === undefined) return stock.crashSafeWriteFileLinesAsync(path, lines, modes);
  assert(lines.length === 0, `NeDB wants to rewrite ${path}, which is append-only`);
  own.wasRewritten = true;
};

/** From now on NeDB's appends to `path` go to `descriptor`, which must be open for appending. */
export function claimNedbFile(path: string, descriptor: number): NedbFile {
  assert(!ownFiles.has(path), `${path} is open already`);
  const own: OwnFile = { descriptor, appends: 0, wasRead: false, wasRewritten: false };
  ownFiles.set(path, own);
  return {
    get appends() {
      return own.appends;
    },
    get wasLoaded() {
      return own.wasRead && own.wasRewritten;
    },
    release: () => ownFiles.delete(path),
  };
}

/** The system may take only a part of a write, for example on a disk that is nearly full. */
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(descriptor, bytes, written);
    if (count === 0) throw new Error(`the system took ${written} of ${bytes.length} bytes`);
    written += count;
  }
}
