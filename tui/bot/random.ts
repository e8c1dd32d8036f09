/**
 * Seeded chance: the same seed and name give the same numbers everywhere. Every bot draws from a
 * source of its own, so that what one does shifts nobody else's choices.
 */

/** The next number in [0, 1). */
export type Random = () => number;

/** Mulberry32 over FNV-1a of seed and name. */
export function createRandom(seed: number, name: string): Random {
  let state = hashOf(`${seed}:${name}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `low` to `high`, both possible. */
export function wholeNumber(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
