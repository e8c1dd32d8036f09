/**
 * What the answers of one room, all together, say about each of its rounds: who set which target,
 * which guess was the third, who won. Every answer must be explained in the end, so a state that
 * contradicts one of these facts leads nowhere. The search is told early instead of late.
 */
import type { RoomState } from "./model.js";
import { type Answered, type RoomView, type SeenGuess, SHOWN_GUESSES_MAX } from "./operation.js";

export interface RoundFacts {
  /** False if some answer contradicts what the state says of its own round or the last closed. */
  fits(state: RoomState): boolean;
  /** Whether some reader counted that many guesses in the round. */
  counted(round: number, guesses: number): boolean;
  /** The `nth` guess of the round, counted from 1, if a reader saw it. */
  guess(round: number, nth: number): SeenGuess | undefined;
  /** The winning guess, if a reader saw it. */
  winner(round: number): SeenGuess | undefined;
  /** Whether some answer hangs on who opened the round with which target. */
  showsOpening(round: number): boolean;
  /**
   * The later rounds that no confirmed command opened, some answer hangs on, and this target may
   * have opened. With the value where another of the same use would not do in its place.
   */
  targetUses(target: SeenGuess, afterRound: number): ReadonlySet<string>;
  /** Whether a reader saw this guess, or may have seen it, in that round or a later one. */
  wantsGuess(guess: SeenGuess, fromRound: number): boolean;
}

interface Round {
  opening: SeenGuess | undefined;
  /** By a command that was confirmed. */
  isOpened: boolean;
  winner: SeenGuess | undefined;
  /** The most that a reader counted. */
  counted: number;
  /** By their place in the round. */
  readonly guesses: Map<number, SeenGuess>;
  /** The values of those that were confirmed. */
  readonly confirmed: number[];
}

export function gatherFacts(operations: readonly Answered[]): RoundFacts {
  const rounds = new Map<number, Round>();
  for (const operation of operations) learn(rounds, operation);
  const { lastSeen, lastHidden } = lastRounds(rounds);
  const uses = new Map<string, ReadonlySet<string>>();
  const unopened = [...rounds].filter(([, round]) => !round.isOpened && isShown(round));
  return {
    fits(state) {
      const { lastClosed, guesses, guessCount } = state;
      const round = rounds.get(state.round);
      if (round !== undefined && state.open) {
        if (!mayOpen(round, { player: state.by, value: state.target })) return false;
        if (isOther(round.guesses.get(guessCount), guesses.at(-1))) return false;
      }
      if (lastClosed === undefined) return true;
      const { winner: player, guess: value } = lastClosed;
      return !isOther(rounds.get(lastClosed.round)?.winner, { player, value });
    },
    counted: (round, guesses) => (rounds.get(round)?.counted ?? 0) >= guesses,
    guess: (round, nth) => rounds.get(round)?.guesses.get(nth),
    winner: (round) => rounds.get(round)?.winner,
    showsOpening: (round) => isShown(rounds.get(round)),
    targetUses(target, afterRound) {
      const key = `${afterRound} ${nameOf(target)}`;
      const known = uses.get(key);
      if (known !== undefined) return known;
      const later = unopened.filter(([number]) => number > afterRound);
      const found = new Set(
        later
          .filter(([, round]) => mayOpen(round, target))
          .map(([number, round]) => {
            return surelyWins(round, target) ? `${number}` : `${number} by ${target.value}`;
          }),
      );
      uses.set(key, found);
      return found;
    },
    wantsGuess: (guess, fromRound) =>
      Math.max(lastHidden, lastSeen.get(nameOf(guess)) ?? 0) >= fromRound,
  };
}

function isShown(round: Round | undefined): boolean {
  return round?.opening !== undefined || round?.winner !== undefined;
}

function nameOf({ player, value }: SeenGuess): string {
  return `${value} ${player}`;
}

/** The last round in which each guess was seen, and the last with more guesses than were shown. */
function lastRounds(rounds: ReadonlyMap<number, Round>): {
  readonly lastSeen: ReadonlyMap<string, number>;
  readonly lastHidden: number;
} {
  const lastSeen = new Map<string, number>();
  let lastHidden = 0;
  for (const [number, { guesses, winner, counted }] of rounds) {
    for (const guess of winner === undefined ? guesses.values() : [...guesses.values(), winner]) {
      const name = nameOf(guess);
      lastSeen.set(name, Math.max(number, lastSeen.get(name) ?? 0));
    }
    if (guesses.size < counted) lastHidden = Math.max(lastHidden, number);
  }
  return { lastSeen, lastHidden };
}

function learn(rounds: Map<number, Round>, { player, call, result }: Answered): void {
  const known = (number: number): Round => {
    const found = rounds.get(number) ?? {
      opening: undefined,
      isOpened: false,
      winner: undefined,
      counted: 0,
      guesses: new Map(),
      confirmed: [],
    };
    rounds.set(number, found);
    return found;
  };
  if (result.type === "state") {
    const { view } = result;
    if (view.lastClosed !== undefined) {
      const { round, winner, guess } = view.lastClosed;
      known(round).winner = { player: winner, value: guess };
    }
    if (view.open) learnOpen(known(view.round), view);
  } else if (result.type === "committed" && call.type === "setTarget") {
    const round = known(result.round);
    round.opening = { player, value: call.value };
    round.isOpened = true;
  } else if (result.type === "committed" && call.type === "guess") {
    known(result.round).confirmed.push(call.value);
  }
}

function learnOpen(
  round: Round,
  { target: value, by: player, guesses, guessCount }: RoomView,
): void {
  round.opening = { player, value };
  // Two readers of one round agree where they overlap, or no order explains both.
  const firstNew = Math.max(round.counted, guessCount - SHOWN_GUESSES_MAX);
  for (let nth = firstNew + 1; nth <= guessCount; nth++) {
    const seen = guesses.at(nth - guessCount - 1);
    if (seen !== undefined) round.guesses.set(nth, seen);
  }
  round.counted = Math.max(round.counted, guessCount);
}

/** Whether the round can have begun with this target: it was seen, or its winner is the closest. */
function mayOpen({ opening, winner, confirmed }: Round, target: SeenGuess): boolean {
  if (opening !== undefined) return !isOther(opening, target);
  if (winner === undefined) return true;
  const distance = Math.abs(winner.value - target.value);
  return confirmed.every((value) => Math.abs(value - target.value) >= distance);
}

/**
 * Whether the winner that was seen wins by distance alone, in whatever order the guesses came.
 * Where the opening was seen, only one target fits anyway.
 */
function surelyWins({ winner, confirmed }: Round, target: SeenGuess): boolean {
  if (winner === undefined) return true;
  const distance = Math.abs(winner.value - target.value);
  return confirmed.every(
    (value) => value === winner.value || Math.abs(value - target.value) > distance,
  );
}

/** Only what is known can differ. */
function isOther(known: SeenGuess | undefined, other: SeenGuess | undefined): boolean {
  if (known === undefined) return false;
  return known.player !== other?.player || known.value !== other.value;
}
