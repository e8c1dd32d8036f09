/** What a bad disk does to the files of a stopped node, one bit at a time. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of the log's segments, oldest first. */
export function segmentsOf(dir: string): string[] {
  return filesOf(dir, "log-");
}

/** Paths of the snapshots, oldest first. */
export function snapshotsOf(dir: string): string[] {
  return filesOf(dir, "snapshot-");
}

function filesOf(dir: string, prefix: string): string[] {
  const names = readdirSync(dir).filter((name) => name.startsWith(prefix));
  return names.sort().map((name) => join(dir, name));
}

/** Flips a bit in the middle of a line; lines are counted from 1, from the end if negative. */
export function flipInLine(path: string, line: number): void {
  const bytes = readFileSync(path);
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  const index = line > 0 ? line - 1 : starts.length - 1 + line;
  const [from, to] = [starts[index], starts[index + 1]];
  assert.ok(from !== undefined && to !== undefined, `${path} has no line ${line}`);
  const at = (from + to) >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x04, at);
  writeFileSync(path, bytes);
}

export function countLines(path: string): number {
  return readFileSync(path, "utf8").split("\n").length - 1;
}

/** The number of the first line after `from` that holds an entry. */
export function entryLine(path: string, from: number): number {
  const lines = readFileSync(path, "utf8").split("\n");
  const index = lines.findIndex((line, at) => at >= from && line.includes('"txn"'));
  assert.ok(index > 0 && index < lines.length - 2, `${path} has no such entry`);
  return index + 1;
}
