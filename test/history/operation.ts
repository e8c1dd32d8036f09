/**
 * One operation of one client on one room: what it asked, when, and what it was told. A history is
 * a list of them, in any order. Retries of a command under one request id are one operation, from
 * the first sending to the first answer.
 */

export type Call =
  | { readonly type: "setTarget"; readonly value: number }
  | { readonly type: "guess"; readonly value: number }
  | { readonly type: "close" }
  | { readonly type: "read" };

export interface SeenGuess {
  readonly player: string;
  readonly value: number;
}

/** A room as a reader sees it; before its first target all is 0, false and empty. */
export interface RoomView {
  /** The newest round, open or closed; rounds count from 1. */
  readonly round: number;
  readonly open: boolean;
  readonly target: number;
  /** Who set the target; in a closed round, who won it. */
  readonly by: string;
  /** All guesses of the open round; 0 in a closed one. */
  readonly guessCount: number;
  /** The newest SHOWN_GUESSES_MAX of them, oldest first. */
  readonly guesses: readonly SeenGuess[];
  /** The last round that had a winner. */
  readonly lastClosed: ClosedRound | undefined;
}

export interface ClosedRound {
  readonly round: number;
  readonly winner: string;
  readonly guess: number;
}

export const SHOWN_GUESSES_MAX = 200;

export type Result =
  | { readonly type: "committed"; readonly zxid: bigint; readonly round: number }
  /** Certain: it did not happen. A reason of the rules, or UNAVAILABLE. */
  | { readonly type: "rejected"; readonly reason: string }
  /** The answer to a read; `zxid` is the newest transaction of the whole log that it rests on. */
  | { readonly type: "state"; readonly zxid: bigint; readonly view: RoomView };

/** The one rejection that rests on no rule: nobody who could decide the command was reached. */
export const UNAVAILABLE = "UNAVAILABLE";

export interface Operation {
  /** Whoever waits for answers; what it is told in one room must fit what it was told in others. */
  readonly client: string;
  readonly room: string;
  /** Empty for a read. */
  readonly player: string;
  /** For a read any name that tells it from others. */
  readonly requestId: string;
  readonly call: Call;
  /** Milliseconds of one clock that never goes back, the same for all clients. */
  readonly invokedAtMs: number;
  /** When the answer came; without one the outcome is unknown, and both fields are absent. */
  returnedAtMs?: number;
  result?: Result;
}

/** An operation that was answered. */
export type Answered<R extends Result = Result> = Operation & {
  readonly returnedAtMs: number;
  readonly result: R;
};

/** Told a zxid. */
export type Numbered = Answered<Exclude<Result, { readonly type: "rejected" }>>;
export type Rejected = Answered<Extract<Result, { readonly type: "rejected" }>>;

export function isAnswered(operation: Operation): operation is Answered {
  return operation.result !== undefined && operation.returnedAtMs !== undefined;
}

export function isNumbered(operation: Answered): operation is Numbered {
  return operation.result.type !== "rejected";
}

export function isRejected(operation: Answered): operation is Rejected {
  return operation.result.type === "rejected";
}
