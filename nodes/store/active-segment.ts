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
