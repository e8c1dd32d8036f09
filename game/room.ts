/**
 * A room: what the game knows about one table of players. Never changed, only replaced by
 * evolve.ts, so whoever holds one may keep it. Bounded by limits.ts.
 */
import { GUESSES_MAX, ROUNDS_MAX, SCORES_MAX } from "./limits.js";

export interface Guess {
  readonly zxid: bigint;
  readonly player: string;
  readonly value: number;
  /** From the target of its round. */
  readonly distance: number;
  /** Milliseconds since 1970, by the log. */
  readonly time: number;
}

/** A closed round. */
export interface Round {
  readonly round: number;
  readonly target: number;
  readonly winner: string;
  /** The winning guess. */
  readonly guess: number;
  readonly distance: number;
  /** The transaction that closed it. */
  readonly zxid: bigint;
}

interface RoomAtAnyTime {
  readonly name: string;
  /** The newest round, open or closed; rounds count from 1. */
  readonly round: number;
  readonly target: number;
  /** Who set the target; after a close, whose guess it was. */
  readonly by: string;
  /** When the target was set, milliseconds since 1970, by the log. */
  readonly since: number;
  /** Closed rounds, oldest first, the newest ROUNDS_MAX. */
  readonly rounds: readonly Round[];
  /** Rounds won, by player; at most SCORES_MAX players. */
  readonly scores: ReadonlyMap<string, number>;
}

export interface OpenRoom extends RoomAtAnyTime {
  readonly status: "open";
  /** Oldest first, the newest GUESSES_MAX of this round. */
  readonly guesses: readonly Guess[];
  /** All guesses of this round, kept or not. */
  readonly guessCount: number;
  /** Who would win now; kept even when newer guesses pushed it out of `guesses`. */
  readonly closest: Guess | undefined;
}

export interface ClosedRoom extends RoomAtAnyTime {
  readonly status: "closed";
}

export type Room = OpenRoom | ClosedRoom;

/**
 * The better of the best guess so far and one that came later: the smaller distance, then the
 * earlier zxid. The later one must therefore be strictly closer.
 */
export function closerGuess(best: Guess | undefined, later: Guess): Guess {
  return best === undefined || later.distance < best.distance ? later : best;
}

export function withGuess(guesses: readonly Guess[], guess: Guess): readonly Guess[] {
  return pushed(guesses, guess, GUESSES_MAX);
}

export function withRound(rounds: readonly Round[], round: Round): readonly Round[] {
  return pushed(rounds, round, ROUNDS_MAX);
}

/**
 * One more round for the winner. When the table is full, a newcomer takes the place of the player
 * with the fewest rounds won, the last by name among equals: a choice by content alone, so every
 * copy of the room makes the same one, however its map was built.
 */
export function withWin(
  scores: ReadonlyMap<string, number>,
  winner: string,
): ReadonlyMap<string, number> {
  const next = new Map(scores);
  const won = scores.get(winner);
  if (won === undefined && scores.size >= SCORES_MAX) next.delete(lowestScorer(scores));
  return next.set(winner, (won ?? 0) + 1);
}

function lowestScorer(scores: ReadonlyMap<string, number>): string {
  let lowest = "";
  let fewest = Number.POSITIVE_INFINITY;
  for (const [player, won] of scores) {
    if (won < fewest || (won === fewest && player > lowest)) {
      lowest = player;
      fewest = won;
    }
  }
  return lowest;
}

function pushed<T>(list: readonly T[], entry: T, max: number): readonly T[] {
  const kept = list.length < max ? list.slice() : list.slice(list.length - max + 1);
  kept.push(entry);
  return kept;
}
