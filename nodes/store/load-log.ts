/**
 * From a data directory to what a node may tell others: finishes what a crash interrupted, checks
 * every line that is needed, cuts a torn tail, and syncs what was read, because it may so far have
 * been in the page cache of a killed process only. Refuses rather than guesses.
 */
import { rename } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Entry, SnapshotData } from "../zab/entry.js";
import { epochOf, formatZxid, ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import { removeFile, syncDirectory, syncFile } from "./durable-file.js";
import { listDirectory, type SegmentFile, type SnapshotFile, zxidToHex } from "./layout.js";
import { finishChange, readChange } from "./log-change.js";
import { FORMAT_VERSION, type Identity, type SegmentHeader } from "./log-document.js";
import type { LogTail } from "./log-writer.js";
import { checkOwner, readChain } from "./segment-chain.js";
import {
  type LogPosition,
  type SegmentContent,
  withCommit,
  withPromise,
} from "./segment-content.js";
import { createSegment, cutTornTail } from "./segment-file.js";
import { readSnapshot } from "./snapshot-store.js";
import type { Recovered } from "./storage.js";
import { StorageDamage } from "./storage-damage.js";

export interface LoadedLog {
  readonly recovered: Recovered;
  readonly tail: LogTail;
  /** Newest first. */
  readonly snapshots: readonly SnapshotFile[];
}

export interface LoadOptions {
  readonly dir: string;
  readonly identity: Identity;
  readonly warn: (text: string) => void;
  readonly nowMs: () => number;
}

/** The directory exists and is locked by us. */
export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  const { dir, identity, warn } = options;
  const found = await listDirectory(dir);
  const newest = found.segments.at(-1);
  // Before anything is touched: a directory of another node must stay as it is.
  if (newest !== undefined) await checkOwner(newest, identity);
  for (const path of found.unfinished) await removeFile(path);
  const change = await readChange(dir);
  if (change !== undefined) {
    warn(`finishing a ${change.kind} of the log that a crash interrupted`);
    await finishChange(dir, change);
  }
  for (const path of found.incoming) await removeFile(path);
  await beginFirstSegment(dir, identity);
  const { snapshots, snapshot } = await loadSnapshot(options);
  const { segments } = await listDirectory(dir);
  const needed = neededSegments(dir, segments, snapshots);
  const contents = await readChain(segments, identity, needed.length);
  const last = await cutTail(needed, contents, options);
  for (const segment of needed) await syncFile(segment.path);
  await syncDirectory(dir);
  return joinContents(segments, contents, last, snapshots, snapshot);
}

/**
 * A directory without anything is a node that has yet to catch up; one without a log is damaged.
 */
async function beginFirstSegment(dir: string, identity: Identity): Promise<void> {
  const { segments, snapshots } = await listDirectory(dir);
  if (segments.length > 0) return;
  if (snapshots.length > 0) {
    throw new StorageDamage(join(dir, "log-*.db"), undefined, ZXID_ZERO, "The log is missing.");
  }
  await createSegment(dir, firstHeader(identity, false));
}

/** The header of a log that begins with the first entry ever. */
export function firstHeader(identity: Identity, initialized: boolean): SegmentHeader {
  const state = { acceptedEpoch: 0, promisedTo: "", initialized, commitHint: ZXID_ZERO };
  const base = ZXID_ZERO;
  return { identity, format: FORMAT_VERSION, base, baseCrc: 0, epochEnds: [], state, reset: false };
}

/** The newest snapshot that reads back; those that do not are set aside, never silently. */
async function loadSnapshot(
  options: LoadOptions,
): Promise<{ snapshots: SnapshotFile[]; snapshot: SnapshotData | undefined }> {
  const { dir, identity, warn } = options;
  const { snapshots } = await listDirectory(dir);
  for (const [index, file] of snapshots.entries()) {
    try {
      const snapshot = await readSnapshot(file, identity.clusterId);
      return { snapshots: snapshots.slice(index), snapshot };
    } catch (error) {
      if (!(error instanceof StorageDamage)) throw error;
      const older = snapshots[index + 1];
      const { segments } = await listDirectory(dir);
      if ((older?.zxid ?? ZXID_ZERO) < (segments[0]?.base ?? ZXID_ZERO)) throw error;
      const aside = join(dir, `damaged-snapshot-${zxidToHex(file.zxid)}.jsonl`);
      await rename(file.path, aside);
      await syncDirectory(dir);
      warn(`${error.file}: the snapshot is damaged and was set aside as ${basename(aside)}`);
    }
  }
  return { snapshots: [], snapshot: undefined };
}

/** The segments from the older of the two newest snapshots on. */
function neededSegments(
  dir: string,
  segments: readonly SegmentFile[],
  snapshots: readonly SnapshotFile[],
): SegmentFile[] {
  const [newest, older] = snapshots.map((snapshot) => snapshot.zxid);
  for (const from of [older, newest ?? ZXID_ZERO]) {
    const first = segments.findLastIndex((segment) => from !== undefined && segment.base <= from);
    if (first !== -1) return segments.slice(first);
  }
  const file = segments[0]?.path ?? join(dir, "log-*.db");
  const zxid = newest ?? ZXID_ZERO;
  throw new StorageDamage(file, undefined, zxid, "The log before this file is missing.");
}

async function cutTail(
  segments: readonly SegmentFile[],
  contents: readonly SegmentContent[],
  options: LoadOptions,
): Promise<SegmentContent> {
  const segment = segments.at(-1);
  const last = contents.at(-1);
  if (segment === undefined || last === undefined) throw new Error("a log has a last segment");
  if (last.torn) {
    const kept = await cutTornTail(segment, last.soundBytes, options.nowMs());
    options.warn(
      `${segment.path} ended in an unfinished write after ${formatZxid(last.end.zxid)}, as after ` +
        `a crash; it was never confirmed and was cut off (kept as ${basename(kept)})`,
    );
  }
  return last;
}

function joinContents(
  segments: readonly SegmentFile[],
  contents: readonly SegmentContent[],
  last: SegmentContent,
  snapshots: readonly SnapshotFile[],
  snapshot: SnapshotData | undefined,
): LoadedLog {
  const header = contents[0]?.header ?? last.header;
  const entries: Entry[] = [];
  let state = header.state;
  for (const content of contents) {
    const { acceptedEpoch, promisedTo, initialized, commitHint } = content.state;
    state = withCommit(withPromise(state, acceptedEpoch, promisedTo), commitHint);
    state = { ...state, initialized: state.initialized || initialized };
    for (const entry of content.entries) entries.push(entry);
  }
  const base = { zxid: header.base, crc: header.baseCrc };
  checkSnapshot(segments, base, entries, last.end, snapshot);
  if (snapshot !== undefined) state = withCommit(state, snapshot.zxid);
  // A log that is ahead of its promise shows that the promise was made.
  const epoch = epochOf(last.end.zxid);
  if (epoch > state.acceptedEpoch) state = withPromise(state, epoch, "");
  return {
    recovered: { ...state, snapshot, base, entries, baseEpochEnds: header.epochEnds },
    tail: {
      segments,
      end: last.end,
      epochEnds: last.epochEnds,
      state,
      documents: last.documents,
      isReset: last.header.reset,
    },
    snapshots,
  };
}

/** The snapshot must be a place in this very log. */
function checkSnapshot(
  segments: readonly SegmentFile[],
  base: LogPosition,
  entries: readonly Entry[],
  end: LogPosition,
  snapshot: SnapshotData | undefined,
): void {
  if (snapshot === undefined) return;
  const place = snapshot.zxid === base.zxid ? base : findEntry(entries, snapshot.zxid);
  if (place?.crc === snapshot.crc) return;
  const file = segments.at(-1)?.path ?? "";
  const what =
    `The log does not hold the snapshot's entry ${formatZxid(snapshot.zxid)}; ` +
    `it ends at ${formatZxid(end.zxid)}.`;
  throw new StorageDamage(file, undefined, snapshot.zxid, what);
}

/** Entries are in order, so a search by halves will do. */
function findEntry(entries: readonly Entry[], zxid: Zxid): Entry | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && entry.zxid < zxid) low = middle + 1;
    else high = middle;
  }
  const found = entries[low];
  return found?.zxid === zxid ? found : undefined;
}
