/** The log file of a node process, for tests that wait for what a node says. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { eventually } from "./eventually.testing.js";

export interface LogLine {
  /** The whole line as it stands in the file. */
  readonly text: string;
  /** What happened; empty for a line that the logger did not write, e.g. last words. */
  readonly msg: string;
  /** All columns by name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface NodeLog {
  readonly file: string;
  /** All whole lines so far, of all the lives of the node. */
  lines(): readonly LogLine[];
  /** The first line that fits, not counting the first `after` ones. */
  waitFor(what: string, fits: (line: LogLine) => boolean, after?: number): Promise<LogLine>;
}

export function createNodeLog(file: string): NodeLog {
  const lines: LogLine[] = [];
  let offset = 0;
  let rest = Buffer.alloc(0);

  function readOn(): readonly LogLine[] {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size === offset) return lines;
    const fd = openSync(file, "r");
    try {
      const chunk = Buffer.alloc(size - offset);
      const bytes = readSync(fd, chunk, 0, chunk.length, offset);
      offset += bytes;
      rest = Buffer.concat([rest, chunk.subarray(0, bytes)]);
    } finally {
      closeSync(fd);
    }
    const end = rest.lastIndexOf("\n") + 1;
    const texts = rest.subarray(0, end).toString("utf8").split("\n");
    rest = rest.subarray(end);
    for (const text of texts) if (text !== "") lines.push(lineOf(text));
    return lines;
  }

  return {
    file,
    lines: readOn,
    waitFor: (what, fits, after = 0) =>
      eventually(`"${what}" in ${file}`, () => readOn().slice(after).find(fits), {
        context: () =>
          readOn()
            .slice(-10)
            .map((line) => line.text)
            .join("\n"),
      }),
  };
}

function lineOf(text: string): LogLine {
  const fields = fieldsOf(text);
  return { text, msg: typeof fields.msg === "string" ? fields.msg : "", fields };
}

function fieldsOf(text: string): Record<string, unknown> {
  if (!text.startsWith("{")) return {};
  try {
    const value: Record<string, unknown> = JSON.parse(text);
    return value;
  } catch {
    // The runtime's own words may begin with a brace, too.
    return {};
  }
}
