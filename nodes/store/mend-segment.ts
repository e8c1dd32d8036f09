/**
 * Writes a damaged segment anew with what was fetched for its holes. All bytes that were sound stay
 * as they are. The damaged file is kept beside it. Durable, in one step, and read back.
 */
import { link, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Entry } from "../zab/entry.js";
import { removeFile, replaceFile, syncDirectory } from "./durable-file.js";
import type { DamagedSegment } from "./examination.js";
import { documentOfEntry, documentOfRecord, lineOf } from "./log-document.js";
import { readSegment } from "./segment-file.js";
import type { SegmentHole, Span } from "./segment-scan.js";

/** New bytes in place of old ones. */
export interface Patch extends Span {
  readonly bytes: Buffer;
}

/**
 * What is to stand where the hole is. In the last segment the lines must be exactly as long as the
 * damaged bytes, else a promise stood there as well: undefined. In any other, the header of the
 * next segment says what such records came to.
 */
export function fillHole(
  { spans, after, afterSpan }: SegmentHole,
  entries: readonly Entry[],
  isLast: boolean,
): Patch[] | undefined {
  // If the place behind the hole was wanted, too, its line is damaged and goes with the others.
  const isMore = afterSpan !== undefined && entries.at(-1)?.zxid === after.zxid;
  const places = isMore ? [...spans, afterSpan] : spans;
  const lines = entries.map((entry) => Buffer.from(lineOf(documentOfEntry(entry))));
  let next = 0;
  const exact = places.map(({ from, to }) => {
    const first = next;
    let left = to - from;
    for (let line = lines[next]; line !== undefined && line.length <= left; line = lines[next]) {
      left -= line.length;
      next += 1;
    }
    return { from, to, bytes: Buffer.concat(lines.slice(first, next)) };
  });
  const fits = exact.every(({ from, to, bytes }) => bytes.length === to - from);
  if (fits && next === lines.length) return exact;
  if (isLast) return undefined;
  const all = Buffer.concat(lines);
  return places.map((span, index) => ({ ...span, bytes: index === 0 ? all : Buffer.alloc(0) }));
}

/** For each hole of a segment, what fillHole gave. */
export type Fillings = ReadonlyMap<SegmentHole, readonly Patch[]>;

/** Throws StorageDamage if the segment does not read back. */
export async function mendSegment(damaged: DamagedSegment, fillings: Fillings): Promise<void> {
  const { segment, next } = damaged;
  const bytes = mendedBytes(await readFile(segment.path), damaged, fillings);
  const kept = join(dirname(segment.path), `damaged-${basename(segment.path)}`);
  await removeFile(kept);
  await link(segment.path, kept);
  await syncDirectory(dirname(segment.path));
  await replaceFile(segment.path, async (handle) => {
    await handle.writeFile(bytes);
  });
  await readSegment(segment, next === "last");
}

/** What the file is to be: `bytes` with the header and the holes replaced. */
export function mendedBytes(bytes: Buffer, damaged: DamagedSegment, fillings: Fillings): Buffer {
  const { header, bodyFrom, holes } = damaged;
  const patches: Patch[] = [];
  if (bodyFrom !== undefined) {
    const line = Buffer.from(lineOf(documentOfRecord({ kind: "header", header }, 0)));
    patches.push({ from: 0, to: bodyFrom, bytes: line });
  }
  for (const hole of holes) patches.push(...(fillings.get(hole) ?? []));
  // They do not overlap and are in order.
  const parts: Buffer[] = [];
  let at = 0;
  for (const patch of patches) {
    parts.push(bytes.subarray(at, patch.from), patch.bytes);
    at = patch.to;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}
