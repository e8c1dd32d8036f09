/**
 * Test support: a small data directory that has everything in it which can be damaged, pictures of
 * its files, and a peer that holds all the entries. Only for tests.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../zab/entry.js";
import { isClosed, wantOf } from "./hole.js";
import type { StorageOptions } from "./open-storage.js";
import type { DamagedLog, Hole } from "./storage.js";
import { append, chain, drive, range, snapshotAt } from "./store.testing.js";

/** Three epochs; the second has no entry but its marker, and one between was never marked. */
export const ENTRIES = chain([...range(1, 0, 4), ...range(2, 0, 0), ...range(4, 0, 8)]);

/** Bytes by path below the directory, the lock left out. */
export type Files = ReadonlyMap<string, Buffer>;

/**
 * Four segments with promises and commit hints among the entries, in the last one too, and two
 * snapshots; closed well.
 */
export async function makeDirectory(options: StorageOptions): Promise<void> {
  const { storage, put, save } = await drive({ ...options, segmentEntries: 5 });
  await put({ kind: "initialize" }, { kind: "promise", epoch: 1, to: "node2" });
  await put(append(ENTRIES.slice(0, 6)));
  await put({ kind: "promise", epoch: 4, to: "node3" }, append(ENTRIES.slice(6, 11)));
  // It saves a commit hint first.
  await save(snapshotAt(ENTRIES.slice(0, 7), ["older"]));
  await save(snapshotAt(ENTRIES.slice(0, 10), ["newer"]));
  await put(append(ENTRIES.slice(11, 13)));
  await put({ kind: "promise", epoch: 5, to: "node3" });
  await put(append(ENTRIES.slice(13)));
  await storage.close();
}

export function picture(dir: string): Files {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name !== "lock" && statSync(join(dir, name)).isFile());
  return new Map(files.sort().map((name) => [name, readFileSync(join(dir, name))]));
}

export function restorePicture(files: Files, dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes);
}

/** What closes the hole, from the log that is whole. */
export function entriesFor(hole: Pick<Hole, "before" | "after">): Entry[] {
  const { after, below } = wantOf(hole, hole.before);
  const wanted = ENTRIES.filter(({ zxid }) => zxid > after.zxid && zxid < below);
  const last = wanted.findIndex((_, index) => isClosed(hole, wanted[index - 1] ?? hole.before));
  return last === -1 ? wanted : wanted.slice(0, last);
}

/** Fills all holes at once. False if anything did not fit. */
export async function fillAll(damaged: DamagedLog): Promise<boolean> {
  for (let [hole] = damaged.holes; hole !== undefined; [hole] = damaged.holes) {
    const place = hole;
    const fits = await new Promise<boolean>((done) => {
      damaged.fill(place, entriesFor(place), done);
    });
    if (!fits) return false;
  }
  return true;
}
