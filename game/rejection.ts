/**
 * A no of the rules: a value, never thrown. Which wire code it becomes is not the game's business.
 */

export type RejectionReason =
  /** The command itself is wrong, whatever the state. */
  | "VALUE_REQUIRED"
  | "VALUE_OUT_OF_RANGE"
  | "BAD_PLAYER"
  | "BAD_ROOM"
  | "BAD_REQUEST_ID"
  /** The command does not fit the state. */
  | "NO_SUCH_ROOM"
  | "NO_OPEN_ROUND"
  | "NO_GUESS"
  /** A bound of the state is reached. */
  | "TOO_MANY_ROOMS";

export interface Rejection {
  readonly reason: RejectionReason;
  /** A whole sentence for a person: what was wrong and what is allowed. */
  readonly message: string;
  /** The command's field that is wrong, e.g. "value". */
  readonly field?: string;
  /** What is allowed, e.g. "a whole number from 0 to 100". */
  readonly rule?: string;
}
