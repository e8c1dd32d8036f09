/**
 * What may fill a hole in a damaged log, and what closes it. Pure: the real disk, the simulated one
 * and whoever asks the others all go by this.
 */
import type { Entry } from "../zab/entry.js";
import { epochOf, type Zxid } from "../zab/zxid.js";
import { chainCrc, type LogPosition } from "./chain.js";
import { follows } from "./segment-content.js";
import type { Held, Hole, Want } from "./storage.js";

/** Text characters in one answer; one entry may be longer. */
const ANSWER_CHARACTERS = 1024 * 1024;

/** Entries in one answer. */
export const ANSWER_ENTRIES = 512;

/** What is still wanted for the hole once all up to `at` is there; the place behind it as well. */
export function wantOf({ after }: Pick<Hole, "after">, at: LogPosition): Want {
  return { after: { zxid: at.zxid, crc: at.crc }, below: after.zxid + 1n };
}

/** Whether an entry continues the log after `at`, by its zxid and its chain value. */
export function continues(at: LogPosition, entry: Entry): boolean {
  return follows(at.zxid, entry.zxid) && chainCrc(entry.text, at.crc) === entry.crc;
}

/**
 * Whether the hole is closed once all up to `at` is there: `at` is the place behind it, or that
 * follows with the text that it has.
 */
export function isClosed({ after }: Pick<Hole, "after">, at: LogPosition): boolean {
  const { zxid, crc, text } = after;
  if (at.zxid === zxid && at.crc === crc) return true;
  return text !== undefined && continues(at, { zxid, crc, text });
}

/** Whether the zxids of the missing entries are certain: then any node's entries are the same. */
export function isOneEpoch({ before, after }: Hole): boolean {
  return epochOf(before.zxid) === epochOf(after.zxid);
}

/**
 * What a sound log answers: `entries` are its next ones after `want.after`, at most ANSWER_ENTRIES,
 * and `oldest` is where it begins, both as Storage.read gives them.
 */
export function heldOf(want: Want, entries: readonly Entry[], oldest: Zxid): Held {
  const [first] = entries;
  if (first === undefined || !continues(want.after, first)) {
    return { entries: [], lack: want.after.zxid < oldest ? "gone" : "never" };
  }
  const held: Entry[] = [];
  let characters = 0;
  for (const entry of entries) {
    characters += entry.text.length;
    const isTooMuch = held.length > 0 && characters > ANSWER_CHARACTERS;
    if (entry.zxid >= want.below || isTooMuch) break;
    held.push(entry);
  }
  return { entries: held, lack: held.length === 0 ? "never" : undefined };
}
