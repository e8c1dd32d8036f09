/**
 * Whether a node's directory says, on the disk, that its vote counts. A node whose directory was
 * lost is told so by a leader once it has caught up; only then may the next one lose its own.
 */
import fs from "node:fs";
import { type DiskNotes, durableLength } from "./disk-notes.js";
import { newestSegment } from "./segment-files.js";

export function voteCounts(notes: DiskNotes): boolean {
  const segment = newestSegment(notes.dir);
  if (segment === undefined || !fs.existsSync(segment.path)) return false;
  const { ino } = fs.statSync(segment.path);
  const durable = fs.readFileSync(segment.path).subarray(0, durableLength(notes, ino));
  const lines = durable.toString("utf8").split("\n");
  return lines.some((line, index) =>
    index === 0 ? line.includes('"initialized":true') : line.startsWith('{"_id":"~initialize-'),
  );
}
