/** Segment files as wholes: beginning one, reading and checking one, cutting one short. */
import { open, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Zxid } from "../zab/zxid.js";
import { replaceFile, syncDirectory, syncFile } from "./durable-file.js";
import { type SegmentFile, segmentPath } from "./layout.js";
import {
  documentOfEntry,
  documentOfRecord,
  FORMAT_VERSION,
  lineOf,
  type NodeState,
  type SegmentHeader,
} from "./log-document.js";
import { readContent, type SegmentContent } from "./segment-content.js";

/** Creates a segment that holds only its header. Durable when this returns; whole or not there. */
export async function createSegment(dir: string, header: SegmentHeader): Promise<SegmentFile> {
  const path = segmentPath(dir, header.base);
  await replaceFile(path, async (handle) => {
    await handle.writeFile(headerLine(header));
  });
  return { base: header.base, path };
}

/** Whether the segment is as it was created, with this header. */
export async function holdsOnly(segment: SegmentFile, header: SegmentHeader): Promise<boolean> {
  return (await readFile(segment.path, "utf8")) === headerLine(header);
}

/** Throws StorageDamage if anything but its tail is wrong, or its tail and it is not the last. */
export async function readSegment(segment: SegmentFile, isLast: boolean): Promise<SegmentContent> {
  const read = readContent(await readFile(segment.path), segment, isLast);
  if (read.content === undefined || read.damage !== undefined) throw read.damage;
  return read.content;
}

/**
 * Rewrites the segment without the entries after `to`; its records go too, because `state` in the
 * new header says all of them. The file is the old one or the new one, whenever the power fails.
 */
export async function cutSegment(
  segment: SegmentFile,
  content: SegmentContent,
  to: Zxid,
  state: NodeState,
): Promise<void> {
  const header = { ...content.header, format: FORMAT_VERSION, state };
  const kept = content.entries.filter((entry) => entry.zxid <= to);
  const lines = kept.map((entry) => lineOf(documentOfEntry(entry)));
  await replaceFile(segment.path, async (handle) => {
    await handle.writeFile(headerLine(header) + lines.join(""));
  });
}

/**
 * Cuts what a crash left of an unfinished write. The bytes are kept beside the log, for a person
 * who wants to know. Returns the path they were kept under.
 */
export async function cutTornTail(
  segment: SegmentFile,
  soundBytes: number,
  nowMs: number,
): Promise<string> {
  const dir = dirname(segment.path);
  const kept = join(dir, `torn-${nowMs}.bin`);
  const bytes = await readFile(segment.path);
  await writeFile(kept, bytes.subarray(soundBytes));
  await syncFile(kept);
  await syncDirectory(dir);
  const handle = await open(segment.path, "r+");
  try {
    await handle.truncate(soundBytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return kept;
}

function headerLine(header: SegmentHeader): string {
  return lineOf(documentOfRecord({ kind: "header", header }, 0));
}
