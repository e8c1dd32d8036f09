/**
 * What the tests of the store share: chains of entries, temporary directories and a storage that is
 * driven batch by batch. Only for tests; nothing here stands in for the real store.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Entry, SnapshotData, WriteOp } from "../zab/entry.js";
import { type Zxid, zxidOf } from "../zab/zxid.js";
import { chainCrc } from "./chain.js";
import { openStorage, type StorageOptions } from "./open-storage.js";
import { noteEpochEnd } from "./segment-content.js";
import type { Storage } from "./storage.js";

/** A directory that is deleted when the test ends. */
export function temporaryDirectory(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "zabble-store-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Entries with these zxids, chained to each other after `before`. */
export function chain(zxids: readonly Zxid[], before?: Entry, text = "text"): Entry[] {
  const entries: Entry[] = [];
  let crc = before?.crc ?? 0;
  for (const zxid of zxids) {
    const entry = {
      zxid,
      text: `{"${text}":"${zxid}"}`,
      crc: chainCrc(`{"${text}":"${zxid}"}`, crc),
    };
    entries.push(entry);
    crc = entry.crc;
  }
  return entries;
}

/** The zxids (epoch, first) to (epoch, last). */
export function range(epoch: number, first: number, last: number): Zxid[] {
  return Array.from({ length: last - first + 1 }, (_, index) => zxidOf(epoch, first + index));
}

export function append(entries: readonly Entry[]): WriteOp {
  return { kind: "append", entries };
}

/** A snapshot at the last of these entries, which are the whole log. */
export function snapshotAt(entries: readonly Entry[], chunks: readonly string[]): SnapshotData {
  const last = entries.at(-1);
  if (last === undefined) throw new Error("a snapshot is of something");
  const epochEnds: Zxid[] = [];
  for (const entry of entries) noteEpochEnd(epochEnds, entry.zxid);
  return { zxid: last.zxid, crc: last.crc, epochEnds, chunks };
}

/**
 * Options with everything but the directory chosen. `fail` throws, so that no test overlooks it.
 */
export function optionsFor(dir: string, changes: Partial<StorageOptions> = {}): StorageOptions {
  return {
    dir,
    clusterId: "test",
    nodeId: "node1",
    membershipHash: "abc",
    segmentEntries: 1000,
    oldSegments: "keep",
    others: "none",
    fail: (why) => {
      throw new Error(why);
    },
    warn: () => undefined,
    ...changes,
  };
}

/** Opens a directory that has no holes. */
export async function openSound(options: StorageOptions): Promise<Storage> {
  const opened = await openStorage(options);
  if (opened.kind === "sound") return opened.storage;
  await opened.damaged.close();
  throw new Error(`${options.dir} has holes`);
}

/** A storage and its batch numbers. */
export interface DrivenStorage {
  readonly storage: Storage;
  /** Batches reported durable so far. */
  readonly reported: () => number;
  /** Queues a batch; ends when it is reported durable. */
  put(...ops: readonly WriteOp[]): Promise<void>;
  /** Saves a snapshot; ends when it is. */
  save(snapshot: SnapshotData): Promise<void>;
}

export async function drive(options: StorageOptions): Promise<DrivenStorage> {
  const storage = await openSound(options);
  const waiting = new Map<number, () => void>();
  let batch = 0;
  let reported = 0;
  storage.onDurable((newest) => {
    if (newest <= reported) throw new Error("batches are reported in order");
    reported = newest;
    for (const [number, done] of waiting) {
      if (number > newest) continue;
      waiting.delete(number);
      done();
    }
  });
  return {
    storage,
    reported: () => reported,
    put(...ops) {
      batch += 1;
      const number = batch;
      storage.write(number, ops);
      return new Promise((done) => waiting.set(number, done));
    },
    save: (snapshot) => new Promise((done) => storage.saveSnapshot(snapshot, done)),
  };
}
