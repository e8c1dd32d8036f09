/** The lines of a node's log that a person at the terminal should see: warnings and worse. */
import { closeSync, openSync, readSync, statSync } from "node:fs";

const SHOWN_LEVELS: ReadonlySet<unknown> = new Set(["warn", "error", "fatal"]);

/** Read at one go; a node that writes more in that time is not to be followed by eye. */
const READ_BYTES_MAX = 256 * 1024;

/** A log line as the terminal shows it; undefined for one that it does not show. */
export function terminalLine(nodeId: string, line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const fields = parseFields(line);
  // What is not JSON did not come from the logger: a stack, or the runtime's last words.
  if (fields === undefined) return `${nodeId}  ${line}`;
  const { node: _node, epoch: _epoch, time: _time, level, zxid, msg, ...rest } = fields;
  if (!SHOWN_LEVELS.has(level)) return undefined;
  const details = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  return [`${nodeId}  ${level}  ${zxid}  ${msg}`, ...details].join("  ");
}

/** Follows a file that grows; `poll` returns the whole lines that came since the last call. */
export function followLines(file: string): { poll(): string[] } {
  let offset = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let rest = Buffer.alloc(0);
  return {
    poll() {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      // A smaller file is a new one.
      if (size < offset) offset = 0;
      if (size === offset) return [];
      const chunk = readAt(file, Math.max(offset, size - READ_BYTES_MAX), size);
      offset = size;
      const lines = Buffer.concat([rest, chunk]).toString("utf8").split("\n");
      rest = Buffer.from(lines.pop() ?? "");
      return lines;
    },
  };
}

function readAt(file: string, from: number, to: number): Buffer {
  const fd = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(to - from);
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
  } finally {
    closeSync(fd);
  }
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) {
    return String(value.message);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parseFields(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    // Not JSON is an answer here, not a failure.
    return undefined;
  }
}
