/**
 * The data directory of a node of a brand-new cluster. All nodes of it begin together and empty, so
 * each may vote from the start; a node that is added or was emptied later must catch up first.
 */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { lockDirectory } from "./directory-lock.js";
import { syncDirectory } from "./durable-file.js";
import { listDirectory } from "./layout.js";
import type { Identity } from "./log-document.js";
import { firstHeader } from "./lost-header.js";
import { createSegment } from "./segment-file.js";
import { StorageRefused } from "./storage-damage.js";

export interface NewDirectoryOptions extends Identity {
  /** The node's own data directory; created if it is not there. */
  readonly dir: string;
}

/** True if the directory is not there or holds nothing but a lock. */
export async function directoryIsEmpty(dir: string): Promise<boolean> {
  return (await listDirectory(dir)).names.length === 0;
}

/**
 * Creates the directory with a log whose node takes part from the start. Durable when this returns.
 * Throws StorageRefused if there is anything in it or a process holds it.
 */
export async function initializeDirectory(options: NewDirectoryOptions): Promise<void> {
  const { clusterId, nodeId, membershipHash } = options;
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  await syncDirectory(dirname(dir));
  const lock = await lockDirectory(dir);
  try {
    if (!(await directoryIsEmpty(dir))) {
      throw new StorageRefused(
        `${dir} is not empty, so it is not the directory of a new cluster. Start the node ` +
          "without initializing, or remove the directory first.",
      );
    }
    await createSegment(dir, firstHeader({ clusterId, nodeId, membershipHash }, "initialized"));
  } finally {
    await lock.release();
  }
}
