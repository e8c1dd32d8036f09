/**
 * Truncation, reset and a beginning anew after damage: the changes that touch more than one file.
 * What is to be done is first written to change.json, durably and in one step; then it is done;
 * then change.json goes. A crash before the first step leaves the old log. A crash after it is
 * finished at the next start, however often it fails again, because every step can be repeated. So
 * there is never a mix of two logs, and nothing is lost that was promised in a file which goes:
 * change.json and the new header carry it.
 *
 * The caller has synced the log, closed its last segment and appends nothing meanwhile.
 */
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Zxid } from "../zab/zxid.js";
import { removeFile, replaceFile, syncDirectory } from "./durable-file.js";
import {
  CHANGE_FILE,
  incomingPath,
  isKeptAside,
  listDirectory,
  snapshotPath,
  zxidFromHex,
  zxidToHex,
} from "./layout.js";
import {
  type Document,
  headerFields,
  isSealed,
  isZxidHex,
  lineOf,
  type NodeState,
  parseFields,
  readHeader,
  readState,
  type SegmentHeader,
  sealed,
  stateFields,
} from "./log-document.js";
import { createSegment, cutSegment, holdsOnly, readSegment } from "./segment-file.js";
import { removeSnapshots } from "./snapshot-store.js";
import { StorageDamage } from "./storage-damage.js";

export type LogChange =
  /** Drops every entry after `to`, which is in the log or is its base. */
  | { readonly kind: "truncate"; readonly to: Zxid; readonly state: NodeState }
  /**
   * Replaces all by an empty log and the incoming snapshot at its base, which is durable already.
   */
  | { readonly kind: "reset"; readonly header: SegmentHeader }
  /**
   * Moves all there is into the directory `aside`, and begins a log that nobody trusts yet. This
   * must be said before anything is moved: half of a log may look like a whole one.
   */
  | { readonly kind: "anew"; readonly aside: string; readonly header: SegmentHeader };

/** Does the change. When this returns, it is done and durable. */
export async function changeLog(dir: string, change: LogChange): Promise<void> {
  await replaceFile(join(dir, CHANGE_FILE), async (handle) => {
    await handle.writeFile(lineOf(sealed(fieldsOf(change))));
  });
  await finishChange(dir, change);
}

/** The change that was under way when the node ended; undefined if there was none. */
export async function readChange(dir: string): Promise<LogChange | undefined> {
  if (!(await listDirectory(dir)).hasChange) return undefined;
  const path = join(dir, CHANGE_FILE);
  const fields = parseFields(await readFile(path, "utf8"));
  const change = fields !== undefined && isSealed(fields) ? changeOf(fields) : undefined;
  if (change === undefined) throw new StorageDamage(path, 1, 0n, "The change cannot be read.");
  return change;
}

/** Does or repeats the steps of a change that change.json names, and removes change.json. */
export async function finishChange(dir: string, change: LogChange): Promise<void> {
  if (change.kind === "truncate") await truncate(dir, change.to, change.state);
  else if (change.kind === "reset") await reset(dir, change.header);
  else await anew(dir, change.aside, change.header);
  await removeFile(join(dir, CHANGE_FILE));
  await syncDirectory(dir);
}

async function truncate(dir: string, to: Zxid, state: NodeState): Promise<void> {
  const { segments } = await listDirectory(dir);
  const holder = segments.findLast((segment) => segment.base <= to);
  if (holder === undefined) {
    throw new StorageDamage(join(dir, CHANGE_FILE), 1, to, "The log to be cut is missing.");
  }
  // Before anything goes: if this is damaged, all that there is will be wanted.
  const content = await readSegment(holder, false);
  for (const segment of segments.toReversed()) {
    if (segment.base > to) await removeFile(segment.path);
  }
  await syncDirectory(dir);
  await cutSegment(holder, content, to, state);
}

async function reset(dir: string, header: SegmentHeader): Promise<void> {
  const incoming = incomingPath(dir, header.base);
  const place = { zxid: header.base, path: snapshotPath(dir, header.base) };
  const { segments, snapshots, incoming: all } = await listDirectory(dir);
  if (all.includes(incoming)) await rename(incoming, place.path);
  for (const segment of segments.toReversed()) await removeFile(segment.path);
  await syncDirectory(dir);
  await createSegment(dir, header);
  await removeSnapshots(dir, snapshots, [place]);
}

async function anew(dir: string, aside: string, header: SegmentHeader): Promise<void> {
  const place = join(dir, aside);
  await mkdir(place, { recursive: true });
  const { names, segments } = await listDirectory(dir);
  const first = segments.find(({ base }) => base === header.base);
  // The new log, which an earlier try may have begun.
  const isBegun = first !== undefined && (await holdsOnly(first, header));
  for (const name of names) {
    if (name === CHANGE_FILE || isKeptAside(name)) continue;
    if (isBegun && name === basename(first.path)) continue;
    // After a power cut a file may have both names; a rename to itself would leave it here.
    await rm(join(place, name), { recursive: true, force: true });
    await rename(join(dir, name), join(place, name));
  }
  await syncDirectory(place);
  await syncDirectory(dir);
  await createSegment(dir, header);
}

function fieldsOf(change: LogChange): Document {
  switch (change.kind) {
    case "truncate":
      return { _id: change.kind, to: zxidToHex(change.to), ...stateFields(change.state) };
    case "reset":
      return { _id: change.kind, ...headerFields(change.header) };
    case "anew":
      return { _id: change.kind, aside: change.aside, ...headerFields(change.header) };
    default:
      return change satisfies never;
  }
}

function changeOf(fields: Readonly<Record<string, unknown>>): LogChange | undefined {
  if (fields._id === "reset" || fields._id === "anew") {
    const header = readHeader(fields);
    const { aside } = fields;
    if (header === undefined) return undefined;
    if (fields._id === "reset") return { kind: "reset", header };
    if (typeof aside !== "string" || !isKeptAside(aside)) return undefined;
    return { kind: "anew", aside, header };
  }
  const state = readState(fields);
  if (fields._id !== "truncate" || state === undefined || !isZxidHex(fields.to)) return undefined;
  return { kind: "truncate", to: zxidFromHex(fields.to), state };
}
