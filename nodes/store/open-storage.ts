/**
 * Opening a data directory, whatever state it is in: ready to be written, or with holes that the
 * others may fill first. Where anything may be lost that nobody can tell, the log is set aside and
 * begun anew, as one that is not trusted until a leader admits the node.
 */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { createDamagedLog, type MendableLog } from "./damaged-log.js";
import { type DirectoryLock, lockDirectory } from "./directory-lock.js";
import { syncDirectory } from "./durable-file.js";
import { type LoadedLog, loadLog, type Others } from "./load-log.js";
import type { Identity } from "./log-document.js";
import { createNedbStorage, type NedbStorageOptions } from "./nedb-storage.js";
import { beginAnew } from "./set-aside.js";
import type { Storage } from "./storage.js";
import { LastCopy, type StorageDamage } from "./storage-damage.js";

export interface StorageOptions extends Identity, Omit<NedbStorageOptions, "identity"> {
  readonly others: Others;
  /** Something a person should know that was dealt with. */
  readonly warn: (text: string) => void;
}

interface Opening extends StorageOptions {
  readonly identity: Identity;
}

export type OpenedStorage =
  | { readonly kind: "sound"; readonly storage: Storage }
  /** Entries are missing that the others may have. The directory stays locked meanwhile. */
  | { readonly kind: "holes"; readonly damaged: MendableLog };

/**
 * Opens and locks the directory; creates it if it is not there. Throws StorageRefused, and LastCopy
 * if the others cannot help, both with a sentence that says what to do, and then leaves the log as
 * it is and the directory free.
 */
export async function openStorage(options: StorageOptions): Promise<OpenedStorage> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  await syncDirectory(dirname(dir));
  const { clusterId, nodeId, membershipHash } = options;
  const identity = { clusterId, nodeId, membershipHash };
  const lock = await lockDirectory(dir);
  try {
    return await openLocked({ ...options, dir, identity }, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(options: Opening, lock: DirectoryLock): Promise<OpenedStorage> {
  const loaded = await load(options);
  switch (loaded.kind) {
    case "sound":
      return { kind: "sound", storage: await createNedbStorage(options, lock, loaded) };
    case "doubtful":
      return { kind: "sound", storage: await startOver(options, lock, loaded.damage) };
    case "holes": {
      const { examination } = loaded;
      const damage = examination.damaged.flatMap((segment) => segment.damage);
      const damaged = createDamagedLog({
        examination,
        fail: options.fail,
        nowMs: Date.now,
        open: async () => {
          const opened = await openLocked(options, lock);
          if (opened.kind === "sound") return opened.storage;
          throw damage[0];
        },
        beginAnew: () => startOver(options, lock, damage),
        close: () => lock.release(),
      });
      return { kind: "holes", damaged };
    }
    default:
      return loaded satisfies never;
  }
}

function load({ dir, identity, others, warn }: Opening): Promise<LoadedLog> {
  return loadLog({ dir, identity, others, warn, nowMs: Date.now });
}

async function startOver(
  options: Opening,
  lock: DirectoryLock,
  damage: readonly StorageDamage[],
): Promise<Storage> {
  const { dir, identity, others, warn } = options;
  if (others !== "quorum") throw new LastCopy(dir, damage);
  for (const { message } of damage) warn(message);
  const aside = await beginAnew(dir, identity, Date.now());
  warn(
    `The log was set aside in ${aside}. The node begins anew: its vote counts only after it has ` +
      "caught up and a leader has admitted it",
  );
  const loaded = await load(options);
  if (loaded.kind === "sound") return await createNedbStorage(options, lock, loaded);
  throw new LastCopy(dir, damage);
}
