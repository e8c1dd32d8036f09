/**
 * What a search has learned from dead ends. A dead end is a set of placed answered operations and
 * the state after them, from which nothing led on. The unknown operations that would have been
 * tried there or further on, had they not been used up before, are noted with it. Whoever comes to
 * the same set and state, and misses the same ones, need not go on: each way that is open to it was
 * tried and failed, or one as good.
 */
import type { RoomState } from "./model.js";
import type { SeenGuess } from "./operation.js";

export interface Memory {
  /** The operations that were missed at a dead end that is one for this search too. */
  deadEnd(placedKey: string, state: RoomState, used: bigint): bigint | undefined;
  /** Sets of operations have a bit for each. */
  learn(placedKey: string, state: RoomState, missed: bigint): void;
}

export function createMemory(): Memory {
  const deadEnds = new Map<string, bigint[]>();
  const listNames = new Map<string, number>();
  const listNameOf = new WeakMap<readonly SeenGuess[], number>();

  /** Lists are long and shared by many states: each gets a number once. */
  function listName(guesses: readonly SeenGuess[]): number {
    const known = listNameOf.get(guesses);
    if (known !== undefined) return known;
    const content = JSON.stringify(guesses.map(({ player, value }) => [player, value]));
    const name = listNames.get(content) ?? listNames.size;
    listNames.set(content, name);
    listNameOf.set(guesses, name);
    return name;
  }

  function keyOf(placedKey: string, { guesses, zxid, ...others }: RoomState): string {
    return JSON.stringify([placedKey, String(zxid), listName(guesses), others]);
  }

  return {
    deadEnd(placedKey, state, used) {
      if (deadEnds.size === 0) return undefined;
      const known = deadEnds.get(keyOf(placedKey, state));
      return known?.find((missed) => (missed & used) === missed);
    },
    learn(placedKey, state, missed) {
      const key = keyOf(placedKey, state);
      const known = deadEnds.get(key);
      if (known === undefined) deadEnds.set(key, [missed]);
      else known.push(missed);
    },
  };
}
