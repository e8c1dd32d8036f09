/** How bots choose their guesses. Pure: chance, the round and what a bot learned come in. */
import { VALUE_MAX, VALUE_MIN } from "../../game/limits.js";
import type { OpenRoom } from "../../game/room.js";
import { type Learned, nothingLearned } from "./learned.js";
import { type Random, wholeNumber } from "./random.js";

export const STRATEGIES = ["closest", "random", "bisect"] as const;

/**
 * closest: takes the lead when it can, else the place nearest to the target that is left.
 * random: anything. bisect: halves what is left as if it did not see the target.
 */
export type Strategy = (typeof STRATEGIES)[number];

/** Farther from the target than this no place is worth a thought. */
const NEAR_DISTANCE_MAX = 10;

/** The next guess; undefined if the bot has nothing to find in this round any more. */
export function nextGuess(
  strategy: Strategy,
  random: Random,
  room: OpenRoom,
  learned: Learned,
): number | undefined {
  switch (strategy) {
    case "closest":
      return nearestFree(random, room) ?? anyValue(random);
    case "random":
      return anyValue(random);
    case "bisect":
      return halving(random, learned.round === room.round ? learned : nothingLearned(room.round));
  }
}

export function anyValue(random: Random): number {
  return wholeNumber(random, VALUE_MIN, VALUE_MAX);
}

/** The leading guess counts as taken also when newer ones pushed it off the list. */
function nearestFree(random: Random, { target, guesses, closest }: OpenRoom): number | undefined {
  const taken = new Uint8Array(VALUE_MAX + 1);
  for (const { value } of guesses) taken[value] = 1;
  if (closest !== undefined) taken[closest.value] = 1;
  for (let distance = 0; distance <= NEAR_DISTANCE_MAX; distance++) {
    const sides = distance === 0 ? [target] : [target - distance, target + distance];
    // Beyond either end there is no place, and so none that is not taken.
    const free = sides.filter((value) => taken[value] === 0);
    if (free.length > 0) return free[wholeNumber(random, 0, free.length - 1)];
  }
  return undefined;
}

/**
 * Somewhere around the middle, so that several bots differ, but never so far from it that one side
 * would need a guess more: 101 values take 7 guesses at most.
 */
function halving(random: Random, { low, high, isFound }: Learned): number | undefined {
  if (isFound) return undefined;
  const guessesLeft = Math.ceil(Math.log2(high - low + 2));
  const sideMax = 2 ** (guessesLeft - 1) - 1;
  return wholeNumber(random, Math.max(low, high - sideMax), Math.min(high, low + sideMax));
}
