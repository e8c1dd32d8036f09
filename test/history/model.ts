/**
 * The rules of one room, written a second time and from the rules alone, so that an error in game/
 * has no twin here. It imports nothing of the product. State in, one operation, state out.
 */
import {
  type Call,
  type Result,
  type RoomView,
  type SeenGuess,
  SHOWN_GUESSES_MAX,
  UNAVAILABLE,
} from "./operation.js";

/** What a reader would see, and what decides about the answers to come. */
export interface RoomState extends RoomView {
  /** Who would win now: the smallest distance, then the earliest. */
  readonly closest: SeenGuess | undefined;
  /**
   * The newest transaction is this one or a later one: the newest zxid that any answer has named,
   * and one more for each command since whose zxid nobody was told.
   */
  readonly zxid: bigint;
}

/** Why an answer cannot have been given in a state, in words. */
export type Impossible = string;

export const EMPTY_ROOM: RoomState = {
  round: 0,
  open: false,
  target: 0,
  by: "",
  guessCount: 0,
  guesses: [],
  lastClosed: undefined,
  closest: undefined,
  zxid: 0n,
};

type Wish = Exclude<Call, { readonly type: "read" }>;

/** The room after a command, or the reason why the rules refuse it. */
export function obey(state: RoomState, player: string, call: Wish): RoomState | string {
  const zxid = state.zxid + 1n;
  if (call.type !== "close" && !isValue(call.value)) return "VALUE_OUT_OF_RANGE";
  if (call.type === "setTarget") {
    const { round, lastClosed } = state.closest === undefined ? state : closed(state);
    const { value: target } = call;
    return { ...EMPTY_ROOM, round: round + 1, open: true, target, by: player, lastClosed, zxid };
  }
  if (state.round === 0) return "NO_SUCH_ROOM";
  if (!state.open) return "NO_OPEN_ROUND";
  if (call.type === "close") {
    return state.closest === undefined ? "NO_GUESS" : { ...closed(state), zxid };
  }
  const guess = { player, value: call.value };
  const { closest, target } = state;
  const isCloser = closest === undefined || distance(guess, target) < distance(closest, target);
  return {
    ...state,
    guessCount: state.guessCount + 1,
    guesses: [...state.guesses.slice(1 - SHOWN_GUESSES_MAX), guess],
    closest: isCloser ? guess : closest,
    zxid,
  };
}

/**
 * One answered operation: the state after it, or why it cannot have been answered so in this one.
 * What was rejected changes nothing. zxids rise with every command and never go back for a reader.
 */
export function step(
  state: RoomState,
  player: string,
  call: Call,
  result: Result,
): RoomState | Impossible {
  if (call.type === "read") {
    if (result.type !== "state") return "a read is answered with a state";
    if (result.zxid < state.zxid) return "a newer zxid has been told before";
    const difference = differs(state, result.view);
    return difference === undefined ? { ...state, zxid: result.zxid } : difference;
  }
  if (result.type === "state") return "a command is not answered with a state";
  const next = obey(state, player, call);
  if (result.type === "committed") {
    if (typeof next === "string") return `the rules refuse it: ${next}`;
    if (result.round !== next.round) return `it belongs to round ${next.round}`;
    if (result.zxid <= state.zxid) return "its zxid or a newer one has been told before";
    return { ...next, zxid: result.zxid };
  }
  if (result.reason === UNAVAILABLE || result.reason === next) return state;
  // Only the first target of a room can meet this bound, which hangs on the other rooms.
  if (result.reason === "TOO_MANY_ROOMS" && call.type === "setTarget" && state.round === 0) {
    return state;
  }
  return typeof next === "string" ? `the rules say ${next}` : "the rules allow it";
}

/** The round goes to the closest guess, which is the target from now on. */
function closed(state: RoomState): RoomState {
  const { closest, round } = state;
  if (closest === undefined) throw new Error("a round without a guess has no winner");
  const { player: winner, value: guess } = closest;
  const lastClosed = { round, winner, guess };
  return { ...EMPTY_ROOM, round, target: guess, by: winner, lastClosed };
}

function isValue(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 100;
}

function distance({ value }: SeenGuess, target: number): number {
  return Math.abs(value - target);
}

/** What a reader saw and would not see in this state; undefined if it would see just that. */
function differs(state: RoomState, view: RoomView): Impossible | undefined {
  for (const field of ["round", "open", "target", "by", "guessCount"] as const) {
    if (state[field] !== view[field]) return `${field} is ${JSON.stringify(state[field])}`;
  }
  const sameGuesses =
    state.guesses.length === view.guesses.length &&
    state.guesses.every(({ player, value }, index) => {
      const seen = view.guesses[index];
      return seen?.player === player && seen.value === value;
    });
  if (!sameGuesses) return "the guesses are others";
  const [is, was] = [state.lastClosed, view.lastClosed];
  const sameRound =
    is?.round === was?.round && is?.winner === was?.winner && is?.guess === was?.guess;
  return sameRound ? undefined : "the last closed round is another";
}
