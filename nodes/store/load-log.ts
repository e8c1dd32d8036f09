/**
 * From a data directory to what a node may tell others: finishes what a crash interrupted, has
 * every line checked, mends what needs no one else, cuts a torn tail, and syncs what was read,
 * because it may so far have been in the page cache of a killed process only. What needs others, or
 * is in doubt, is handed back as it is.
 */
import { basename, join } from "node:path";
import type { Entry } from "../zab/entry.js";
import { epochOf, formatZxid, ZXID_ZERO } from "../zab/zxid.js";
import { removeFile, syncDirectory, syncFile } from "./durable-file.js";
import { type DamagedSegment, type Examination, examineLog } from "./examination.js";
import { isClosed } from "./hole.js";
import { listDirectory, type SnapshotFile } from "./layout.js";
import { finishChange, readChange } from "./log-change.js";
import type { Identity } from "./log-document.js";
import type { LogTail } from "./log-writer.js";
import { firstHeader } from "./lost-header.js";
import { fillHole, mendSegment } from "./mend-segment.js";
import { checkIdentity, readOwnHeader } from "./segment-chain.js";
import { type SegmentContent, withCommit, withPromise } from "./segment-content.js";
import { createSegment, cutTornTail } from "./segment-file.js";
import { setSegmentsAside, setSnapshotAside } from "./set-aside.js";
import type { Recovered } from "./storage.js";
import { StorageDamage } from "./storage-damage.js";

/**
 * What the other voters can do about damage here: nothing, for there are none; give entries; or
 * also admit a node that begins anew, for which they must be a quorum by themselves.
 */
export type Others = "none" | "givers" | "quorum";

export interface SoundLog {
  readonly kind: "sound";
  readonly recovered: Recovered;
  readonly tail: LogTail;
  /** Newest first. */
  readonly snapshots: readonly SnapshotFile[];
}

export type LoadedLog =
  | SoundLog
  /** Entries are missing that other nodes may have; nothing else is wrong. */
  | { readonly kind: "holes"; readonly examination: Examination }
  /** Something may be lost that nobody else can tell. Nothing was changed. */
  | { readonly kind: "doubtful"; readonly damage: readonly StorageDamage[] };

export interface LoadOptions {
  readonly dir: string;
  readonly identity: Identity;
  readonly others: Others;
  readonly warn: (text: string) => void;
  readonly nowMs: () => number;
}

/** The directory exists and is locked by us. Throws StorageRefused. */
export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  const damage = await prepare(options);
  if (damage !== undefined) return { kind: "doubtful", damage: [damage] };
  for (;;) {
    const examination = await examineLog(options.dir, options.identity);
    const { damaged, badSnapshots } = examination;
    const doubts = doubtsOf(examination, options.others);
    if (doubts.length > 0) return { kind: "doubtful", damage: doubts };
    if (await mendAlone(examination, options)) continue;
    if (damaged.length > 0) return { kind: "holes", examination };
    for (const bad of badSnapshots) {
      const aside = await setSnapshotAside(bad.file);
      options.warn(`${bad.damage.message} The snapshot was set aside as ${aside}`);
    }
    return await openSound(examination, options);
  }
}

/** What nobody can help with. Alone, a node does not even give up what no start needs. */
function doubtsOf(found: Examination, others: Others): StorageDamage[] {
  if (others !== "none") return [...found.doubts];
  const missing = found.damaged.filter((segment) => !needsNoOne(segment));
  return [...found.lost, ...missing].flatMap(({ damage }) => damage).concat(found.doubts);
}

/** Whether only records are damaged that stand elsewhere, too. */
function needsNoOne({ holes }: DamagedSegment): boolean {
  return holes.every((hole) => isClosed(hole, hole.before));
}

/** What is wrong, if there is no log to examine. */
async function prepare(options: LoadOptions): Promise<StorageDamage | undefined> {
  const { dir, identity, warn } = options;
  const found = await listDirectory(dir);
  // Before anything is touched: a directory of another node must stay as it is.
  for (const segment of found.segments) {
    const header = await readOwnHeader(segment);
    if (header !== undefined) checkIdentity(segment, header, identity);
  }
  for (const path of found.unfinished) await removeFile(path);
  try {
    const change = await readChange(dir);
    if (change !== undefined) {
      warn(`finishing a change of the log (${change.kind}) that a crash interrupted`);
      await finishChange(dir, change);
    }
  } catch (error) {
    if (error instanceof StorageDamage) return error;
    throw error;
  }
  for (const path of found.incoming) await removeFile(path);
  const { segments, names } = await listDirectory(dir);
  if (segments.length > 0) return undefined;
  // A directory without anything is a node that has yet to catch up; one without a log lost it.
  if (names.length > 0) {
    return new StorageDamage(join(dir, "log-*.db"), undefined, ZXID_ZERO, "The log is missing.");
  }
  await createSegment(dir, firstHeader(identity, "blank"));
  return undefined;
}

/** Does what takes nobody else. True if anything was done: then all is to be read again. */
async function mendAlone(found: Examination, options: LoadOptions): Promise<boolean> {
  const { dir, warn, nowMs } = options;
  const lost = found.lost.at(-1);
  if (lost !== undefined) {
    const gone = found.segments.filter(({ base }) => base <= lost.segment.base);
    const aside = await setSegmentsAside(dir, gone, nowMs());
    const places = lost.damage.map(({ message }) => message).join(" ");
    warn(`${places} No start needs this part of the log: it was set aside in ${aside}`);
    return true;
  }
  let isMended = false;
  for (const segment of found.damaged) {
    const { holes, damage, next } = segment;
    if (!needsNoOne(segment)) continue;
    const filled = holes.map((hole) => [hole, fillHole(hole, [], next === "last") ?? []] as const);
    await mendSegment(segment, new Map(filled));
    for (const { message } of damage) {
      warn(`${message} It was restored from the files beside it; nothing is missing`);
    }
    isMended = true;
  }
  return isMended;
}

async function openSound(found: Examination, options: LoadOptions): Promise<SoundLog> {
  const { contents, segments, snapshots } = found;
  const last = contents.at(-1);
  const [first] = contents;
  if (last === undefined || first === undefined) throw new Error("a log has a last segment");
  const needed = segments.slice(-contents.length);
  const file = needed.at(-1);
  if (last.torn && file !== undefined) {
    const kept = await cutTornTail(file, last.soundBytes, options.nowMs());
    options.warn(
      `${file.path} ended in an unfinished write after ${formatZxid(last.end.zxid)}, as after ` +
        `a crash; it was never confirmed and was cut off (kept as ${basename(kept)})`,
    );
  }
  for (const segment of needed) await syncFile(segment.path);
  await syncDirectory(options.dir);
  return joinContents(found, contents, first, last, snapshots);
}

function joinContents(
  { segments, snapshot }: Examination,
  contents: readonly SegmentContent[],
  { header }: SegmentContent,
  last: SegmentContent,
  snapshots: readonly SnapshotFile[],
): SoundLog {
  const entries: Entry[] = [];
  for (const content of contents) for (const entry of content.entries) entries.push(entry);
  // Each segment begins with all the promises before it, so the last one says them all.
  let { state } = last;
  if (snapshot !== undefined) state = withCommit(state, snapshot.zxid);
  // A log that is ahead of its promise shows that the promise was made.
  const epoch = epochOf(last.end.zxid);
  if (epoch > state.acceptedEpoch) state = withPromise(state, epoch, "");
  const base = { zxid: header.base, crc: header.baseCrc };
  const { end, epochEnds, documents } = last;
  return {
    kind: "sound",
    recovered: { ...state, snapshot, base, entries, baseEpochEnds: header.epochEnds },
    tail: { segments, end, epochEnds, state, documents, isReset: last.header.reset },
    snapshots,
  };
}
