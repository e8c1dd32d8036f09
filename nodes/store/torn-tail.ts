/**
 * What a crash may leave at the end of a log of a write that was never reported durable. Only that
 * may be cut. A disk that was not asked to sync loses the end of what it was given, in bytes if the
 * process died, in sectors if the power did; it does not lose the middle, and it does not invent.
 * All else at the end of a log may have been acked: it is damage.
 */

/** The disk writes this much or nothing of it. */
const SECTOR_BYTES = 512;

const DOCUMENT_START = '{"_id":"';

/**
 * Whether the bytes after `from`, the end of the last whole line, are the beginning of one more
 * line, or blocks that were never written (NULs to the end of the file), or the one and then the
 * other, parted where a sector ends.
 */
export function isTorn(bytes: Buffer, from: number): boolean {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  if (end < bytes.length && end > from && end % SECTOR_BYTES !== 0) return false;
  return isUnfinished(bytes.toString("utf8", from, end));
}

/** Whether a document as we write them may go on after this, or lacks its newline alone. */
function isUnfinished(text: string): boolean {
  const start = text.slice(0, DOCUMENT_START.length);
  if (!DOCUMENT_START.startsWith(start) || hasControlCharacter(text)) return false;
  const end = objectEnd(text);
  return end === undefined || end === text.length;
}

/** JSON has none of them, and a line has only its newline. */
function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x20) return true;
  return false;
}

/** Where the JSON object that the text begins with ends; undefined if it does not. */
function objectEnd(text: string): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === "\\") at += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}
