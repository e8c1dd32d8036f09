/**
 * Truncation and reset: the two changes that touch more than one file. What is to be done is first
 * written to change.json, durably and in one step; then it is done; then change.json goes. A crash
 * before the first step leaves the old log. A crash after it is finished at the next start, however
 * often it fails again, because every step can be repeated. So there is never a mix of two logs,
 * and nothing is lost that was promised in a file which goes: change.json and the new header carry
 * it.
 *
 * The caller has synced the log, closed its last segment and appends nothing meanwhile.
 */
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Zxid } from "../zab/zxid.js";
import { removeFile, replaceFile, syncDirectory } from "./durable-file.js";
import {
  CHANGE_FILE,
  incomingPath,
  listDirectory,
  snapshotPath,
  zxidFromHex,
  zxidToHex,
} from "./layout.js";
import {
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
import { createSegment, cutSegment, readSegment } from "./segment-file.js";
import { removeSnapshots } from "./snapshot-store.js";
import { StorageDamage } from "./storage-damage.js";

export type LogChange =
  /** Drops every entry after `to`, which is in the log or is its base. */
  | { readonly kind: "truncate"; readonly to: Zxid; readonly state: NodeState }
  /**
   * Replaces all by an empty log and the incoming snapshot at its base, which is durable already.
   */
  | { readonly kind: "reset"; readonly header: SegmentHeader };

/** Does the change. When this returns, it is done and durable. */
export async function changeLog(dir: string, change: LogChange): Promise<void> {
  const fields =
    change.kind === "truncate"
      ? { _id: change.kind, to: zxidToHex(change.to), ...stateFields(change.state) }
      : { _id: change.kind, ...headerFields(change.header) };
  await replaceFile(join(dir, CHANGE_FILE), async (handle) => {
    await handle.writeFile(lineOf(sealed(fields)));
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
  else await reset(dir, change.header);
  await removeFile(join(dir, CHANGE_FILE));
  await syncDirectory(dir);
}

async function truncate(dir: string, to: Zxid, state: NodeState): Promise<void> {
  const { segments } = await listDirectory(dir);
  const holder = segments.findLast((segment) => segment.base <= to);
  if (holder === undefined) {
    throw new StorageDamage(join(dir, CHANGE_FILE), 1, to, "The log to be cut is missing.");
  }
  for (const segment of segments.toReversed()) {
    if (segment.base > to) await removeFile(segment.path);
  }
  await syncDirectory(dir);
  await cutSegment(holder, await readSegment(holder, false), to, state);
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

function changeOf(fields: Readonly<Record<string, unknown>>): LogChange | undefined {
  if (fields._id === "reset") {
    const header = readHeader(fields);
    return header === undefined ? undefined : { kind: "reset", header };
  }
  const state = readState(fields);
  if (fields._id !== "truncate" || state === undefined || !isZxidHex(fields.to)) return undefined;
  return { kind: "truncate", to: zxidFromHex(fields.to), state };
}
