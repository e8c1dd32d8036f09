/**
 * Seeded randomness, split by concern: each part of the simulated world draws from its own stream,
 * so that a new draw in one place does not shift all others.
 */

export interface Prng {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both possible. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Exponentially distributed around `mean`. */
  exponential(mean: number): number;
  /** An independent stream for one concern. */
  fork(label: string): Prng;
}

/** Mulberry32 over a hashed seed: small, fast, and the same everywhere. */
export function createPrng(seed: number, label = ""): Prng {
  let state = hash(`${seed}:${label}`);
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick<T>(items: readonly T[]): T {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    fork: (inner) => createPrng(seed, `${label}/${inner}`),
  };
}

/** The numbers below `count` in random order. */
export function shuffled(prng: Prng, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at--) {
    const other = prng.int(0, at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value | 0;
}
