/** Every bound of the game in one place. State in memory stays within them whatever is played. */

/** Targets and guesses are whole numbers from VALUE_MIN to VALUE_MAX. */
export const VALUE_MIN = 0;
export const VALUE_MAX = 100;

/** Newest guesses of the open round that a room keeps; older ones are read from the log. */
export const GUESSES_MAX = 200;

/** Newest closed rounds that a room keeps. */
export const ROUNDS_MAX = 50;

/** Players with a score that a room keeps. */
export const SCORES_MAX = 1000;

export const ROOMS_MAX = 1000;

/** Visible characters of a player's name. */
export const PLAYER_LENGTH_MAX = 24;

/** Combining marks on one visible character: enough for every living script, no towers. */
export const MARKS_PER_CHARACTER_MAX = 3;

export const ROOM_LENGTH_MAX = 24;

/** The room that an empty name means. */
export const ROOM_DEFAULT = "lobby";

export const REQUEST_ID_LENGTH_MAX = 64;

/**
 * Committed request ids in one of the two generations of the window: a command is recognised for
 * at least this many later commands with an id, at most twice as many.
 */
export const REQUESTS_PER_GENERATION = 65_536;

/** The same for the rejections that a leader remembers. */
export const REJECTIONS_PER_GENERATION = 8_192;
