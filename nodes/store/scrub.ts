/**
 * Reads sealed files again while the node runs, one at a time and rarely, so that damage to what
 * nobody reads does not pile up unseen until it is on every copy. It costs a minute's pause between
 * two files and never holds up the event loop for longer than one piece of a file. What the system
 * still holds in its memory is checked there, not on the disk.
 */
import type { SegmentFile } from "./layout.js";
import { decodeLine } from "./log-document.js";
import { readLines } from "./read-lines.js";
import { SegmentReader } from "./segment-content.js";
import { StorageDamage } from "./storage-damage.js";

/** Between two files. */
export const SCRUB_STEP_MS = 60_000;

/** No file is read again before so many steps have passed: an hour. */
const ROUND_STEPS = 60;

/** Decides which file is due. */
export class ScrubPlan {
  private step = 0;
  /** The step at which each file was checked last. A file that is new was checked when made. */
  private readonly checkedAt = new Map<string, number>();

  /** The file whose turn it is among those that are there now; undefined if none is due. */
  next(paths: readonly string[]): string | undefined {
    this.step += 1;
    for (const path of this.checkedAt.keys())
      if (!paths.includes(path)) this.checkedAt.delete(path);
    let due: string | undefined;
    let dueAt = this.step - ROUND_STEPS;
    for (const path of paths) {
      const at = this.checkedAt.get(path);
      if (at === undefined) this.checkedAt.set(path, this.step);
      else if (at <= dueAt) {
        due = path;
        dueAt = at - 1;
      }
    }
    if (due !== undefined) this.checkedAt.set(due, this.step);
    return due;
  }
}

/** Throws StorageDamage if any line is not what was written, or the end is not where `next` is. */
export async function checkSealedSegment(segment: SegmentFile, next: SegmentFile): Promise<void> {
  let reader: SegmentReader | undefined;
  for await (const lines of readLines(segment.path)) {
    for (const line of lines) {
      const decoded = decodeLine(line);
      if (reader !== undefined) {
        const damage = reader.take(decoded);
        if (damage !== undefined) throw damage;
      } else if (decoded.kind === "header" && decoded.header.base === segment.base) {
        reader = new SegmentReader(segment.path, decoded.header);
      } else {
        throw new StorageDamage(segment.path, 1, segment.base, "The header is bad.");
      }
    }
  }
  const end = reader?.end.zxid ?? segment.base;
  if (end === next.base) return;
  throw new StorageDamage(segment.path, undefined, end, "Lines are missing at its end.");
}
