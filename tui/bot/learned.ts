/**
 * What a bot knows of a round from its own guesses alone: each was too low, too high or exact.
 * Pure; it never sees the target.
 */
import { VALUE_MAX, VALUE_MIN } from "../../game/limits.js";

export interface Learned {
  readonly round: number;
  /** The target is from `low` to `high`, both possible. */
  readonly low: number;
  readonly high: number;
  /** An own guess hit: nothing is left to find. */
  readonly isFound: boolean;
}

export interface JudgedGuess {
  readonly round: number;
  readonly value: number;
  readonly verdict: "low" | "high" | "exact";
}

export function nothingLearned(round: number): Learned {
  return { round, low: VALUE_MIN, high: VALUE_MAX, isFound: false };
}

/** With `startsOver` a hit is forgotten together with all that led to it. */
export function afterGuess(learned: Learned, guess: JudgedGuess, startsOver: boolean): Learned {
  const { round, value, verdict } = guess;
  if (round < learned.round) return learned;
  const before = round === learned.round ? learned : nothingLearned(round);
  switch (verdict) {
    case "low":
      return { ...before, low: Math.max(before.low, value + 1) };
    case "high":
      return { ...before, high: Math.min(before.high, value - 1) };
    case "exact":
      return startsOver ? nothingLearned(round) : { ...before, isFound: true };
  }
}
