/** Reads a file of lines piece by piece, so that a large one never holds up the event loop. */
import { open } from "node:fs/promises";

const PIECE_BYTES = 128 * 1024;

/**
 * The lines of a file without their newlines, some at a time. A last line that has no newline comes
 * last and looks like any other: a checksum must tell whether it is whole.
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  const handle = await open(path, "r");
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(PIECE_BYTES) });
      if (bytesRead === 0) break;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(10) + 1;
      rest = bytes.subarray(end);
      if (end > 0) yield bytes.toString("utf8", 0, end - 1).split("\n");
    }
    if (rest.length > 0) yield [rest.toString("utf8")];
  } finally {
    await handle.close();
  }
}
