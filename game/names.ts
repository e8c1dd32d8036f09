/**
 * Which names players and rooms may have. A name is shown on every player's screen, so nothing in
 * it may be invisible, move the cursor, turn the writing direction or break a column.
 */
import {
  MARKS_PER_CHARACTER_MAX,
  PLAYER_LENGTH_MAX,
  ROOM_DEFAULT,
  ROOM_LENGTH_MAX,
} from "./limits.js";

export const PLAYER_RULE =
  `1 to ${PLAYER_LENGTH_MAX} visible characters, no emoji, no control characters, ` +
  "no space at either end";

export const ROOM_RULE = `1 to ${ROOM_LENGTH_MAX} of the letters a-z and A-Z, digits, "-" and "_"`;

/** Almost every name; it saves the Unicode tables on the way of each command. */
const PLAIN_PLAYER = new RegExp(`^[!-~](?:[ -~]{0,${PLAYER_LENGTH_MAX - 2}}[!-~])?$`);

/** Letters, marks, digits, punctuation and symbols; of all the spaces only the ordinary one. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u;

/**
 * Visible by category but not by sight (fillers, variation selectors, the blank of Braille), what
 * decoding leaves of broken text, and emoji: terminals disagree about their width.
 */
const UNWANTED = new RegExp(
  [
    "\\p{Default_Ignorable_Code_Point}",
    "\\p{Extended_Pictographic}",
    "\\p{Emoji_Presentation}",
    "\\u2800",
    "\\u20E3",
    "\\uFFFC",
    "\\uFFFD",
  ].join("|"),
  "u",
);

/** A tower of marks reaches into the lines above and below; a mark cannot begin a name either. */
const MARK_TOWER = new RegExp(`^\\p{M}|\\p{M}{${MARKS_PER_CHARACTER_MAX + 1}}`, "u");

const ROOM = new RegExp(`^[A-Za-z0-9_-]{1,${ROOM_LENGTH_MAX}}$`);

/** The name in Unicode NFC, so that equal looks are equal keys; undefined if it breaks the rule. */
export function playerName(raw: string): string | undefined {
  if (PLAIN_PLAYER.test(raw)) return raw;
  // A character has at most a base and its marks, each at most two units, before normalising too.
  if (raw.length > PLAYER_LENGTH_MAX * 2 * (1 + MARKS_PER_CHARACTER_MAX)) return undefined;
  const name = raw.normalize("NFC");
  if (!VISIBLE.test(name) || UNWANTED.test(name) || MARK_TOWER.test(name)) return undefined;
  if (name.startsWith(" ") || name.endsWith(" ")) return undefined;
  return visibleLength(name) <= PLAYER_LENGTH_MAX ? name : undefined;
}

/** The room's name, the default one for an empty name; undefined if it breaks the rule. */
export function roomName(raw: string): string | undefined {
  if (raw === "") return ROOM_DEFAULT;
  return ROOM.test(raw) ? raw : undefined;
}

/** Code points other than combining marks: what a reader counts as characters. */
function visibleLength(name: string): number {
  return [...name.replace(/\p{M}/gu, "")].length;
}
