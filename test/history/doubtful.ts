/**
 * The operations of one room whose outcome is unknown: each may have happened at any time after it
 * was sent, or never. Trying each at every place is what makes a search explode, so this file says
 * where one is worth trying at all, and why no right order is lost by it.
 *
 * Take, of all right orders of a history, one with the fewest unknown operations. In it, none can
 * be left out. So:
 *
 * - One that the rules refuse is not there: it changes nothing.
 * - Of two with the same wish the one that was sent first will do, so the others wait for it.
 * - A new target opens a round, and rounds never go back. It is there only if the next answer in
 *   zxid order is about a later round (or if there is no such answer any more).
 * - A close that a new target follows at once can be left out: the target closes the round as well.
 *   It is there only if what follows it is a read of the closed round or a rejection for want of an
 *   open one.
 * - A guess changes the list of its round, and perhaps the winner. If some reader counted as many
 *   guesses, the list tells: another guess in its place is wrong, and it may be needed in its own.
 *   If nobody did, nobody saw the list from there on, and it can be left out unless it wins: then
 *   it must be the guess that readers saw winning. If nobody saw who won, any other guess wins as
 *   well, so it is there only as the first, for a close that follows at once.
 *
 * Where no answer hangs on which target opened a round, or on which guess came first, one will do
 * as well as another of which more can be made in later rounds: should the first stand further on
 * in a right order, the two can change places. So the other is not tried.
 */
import type { RoomState } from "./model.js";
import type { Call, Numbered, Operation, Rejected } from "./operation.js";
import type { RoundFacts } from "./round-facts.js";

/** The same wish, sent perhaps several times. */
export interface Wish {
  readonly key: string;
  readonly player: string;
  readonly call: Exclude<Call, { readonly type: "read" }>;
  /** First sent first. Each has a bit of its own in sets of operations. */
  readonly operations: readonly { readonly operation: Operation; readonly bit: bigint }[];
}

/** What the search stands before. */
export interface Standing {
  readonly state: RoomState;
  /** The next answer in zxid order. */
  readonly next: Numbered | undefined;
  /** What was sent later cannot stand here. */
  readonly untilMs: number;
  /** Rejections that could come now if the state were another. */
  readonly waiting: () => readonly Rejected[];
}

/** What the commands without an answer wish for; a read that nobody answered tells nothing. */
export function wishesOf(doubtful: readonly Operation[]): readonly Wish[] {
  const wishes = new Map<string, Wish & { readonly operations: Wish["operations"][number][] }>();
  let bit = 1n;
  for (const operation of doubtful.toSorted((a, b) => a.invokedAtMs - b.invokedAtMs)) {
    const { call, player } = operation;
    if (call.type === "read") continue;
    // Anyone's close is the same close.
    const key = call.type === "close" ? "close" : JSON.stringify([call.type, call.value, player]);
    const wish = wishes.get(key) ?? { key, player, call, operations: [] };
    wishes.set(key, wish);
    wish.operations.push({ operation, bit });
    bit <<= 1n;
  }
  return [...wishes.values()];
}

/** Whether the rules allow it in this state is not asked here. */
export function isWorthTrying(
  { call, player }: Wish,
  { state, next, waiting }: Standing,
  facts: RoundFacts,
): boolean {
  switch (call.type) {
    case "setTarget":
      return next === undefined || state.round < roundBefore(next);
    case "close":
      return isReadOfClosed(next, state.round) || isWaitingForClosed(waiting());
    case "guess": {
      const { round, guessCount, closest } = state;
      const nth = guessCount + 1;
      const seen = facts.guess(round, nth);
      if (seen !== undefined) return seen.player === player && seen.value === call.value;
      if (facts.counted(round, nth)) return true;
      const winner = facts.winner(round);
      if (winner === undefined) {
        return (
          closest === undefined && (next?.call.type === "close" || isWaitingForClosed(waiting()))
        );
      }
      return winner.player === player && winner.value === call.value;
    }
  }
}

/**
 * What a wish that is worth trying here could be good for that not every other of its kind is. One
 * need not be tried beside another whose uses are all among its own.
 */
export function usesOf(
  { key, call, player }: Wish,
  { state }: Standing,
  facts: RoundFacts,
): ReadonlySet<string> {
  const { round } = state;
  const itself = new Set([key]);
  switch (call.type) {
    case "setTarget":
      if (facts.showsOpening(round + 1)) return itself;
      return facts.targetUses({ player, value: call.value }, round + 1);
    case "guess":
      return facts.wantsGuess({ player, value: call.value }, round) ? itself : new Set();
    case "close":
      return itself;
  }
}

function isReadOfClosed(next: Numbered | undefined, round: number): boolean {
  if (next?.result.type !== "state") return false;
  const { view } = next.result;
  return view.round === round && !view.open;
}

function isWaitingForClosed(waiting: readonly Rejected[]): boolean {
  return waiting.some(({ result }) => result.reason === "NO_OPEN_ROUND");
}

/** The round that the room must be in just before this answer. */
function roundBefore({ call, result }: Numbered): number {
  if (result.type === "state") return result.view.round;
  return call.type === "setTarget" ? result.round - 1 : result.round;
}
