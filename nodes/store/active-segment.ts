/**
 * The one segment that is being written, and the only place that talks to NeDB. NeDB turns
 * documents into lines and appends them; durability is ours: nothing is durable until `sync` has
 * ended. The caller appends and syncs one at a time, and never again after an error.
 */
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import Datastore from "nedb-promises";
import type { Document } from "./log-document.js";
import { claimNedbFile } from "./nedb-files.js";

export interface ActiveSegment {
  readonly path: string;
  /** Hands the documents to the file in this order, as one write. Not durable yet. */
  append(documents: readonly Document[]): Promise<void>;
  /** When this returns, all that was appended before is on the disk. */
  sync(): Promise<void>;
  /**
   * Lets go of the file and of NeDB's copy of what was appended. Syncs nothing. May be repeated.
   */
  close(): Promise<void>;
}

/**
 * NeDB keeps every document that it was given, and copying those that stay is most of the work of
 * the garbage collector. Ours are read back from the file, and log-writer.ts sees to their order,
 * so NeDB's index of them is emptied after each append.
 */
function forgetDocuments(datastore: object): void {
  const { indexes } = datastore as { readonly indexes?: Record<string, { reset?(): void }> };
  const index = indexes?._id;
  assert(index?.reset !== undefined, "NeDB has no index to empty: is it another version?");
  index.reset();
}

/** Opens a segment that exists and was checked, to append to it. */
export async function openActiveSegment(path: string): Promise<ActiveSegment> {
  const handle = await open(path, "a");
  const file = claimNedbFile(path, handle.fd);
  const datastore = Datastore.create({ filename: path, corruptAlertThreshold: 0 });
  await datastore.load();
  assert(file.wasLoaded, "NeDB does not use the storage module that nedb-files.ts replaces");
  let isClosed = false;
  return {
    path,
    async append(documents) {
      const appendsBefore = file.appends;
      await datastore.insertMany([...documents]);
      assert(file.appends === appendsBefore + 1, `NeDB did not append to ${path} through us`);
      forgetDocuments(datastore);
    },
    sync: () => handle.datasync(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      file.release();
      await handle.close();
    },
  };
}
