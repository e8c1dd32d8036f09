/**
 * How many requests an address may make: a bucket of tokens each, one token a request. It knows no
 * HTTP and no clock of its own.
 *
 * Bounds: so many addresses are remembered. What when full: buckets that have filled up again are
 * forgotten, which changes nothing for their addresses; if that frees no place, the newcomers share
 * one bucket, and those inside keep theirs.
 */

export interface RateLimitOptions {
  /** Tokens that come back a second, up to `burst`. */
  readonly perSecond: number;
  /** Tokens of a full bucket. */
  readonly burst: number;
  readonly addressesMax: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

export interface RateLimit {
  /** 0 if a token was there and is taken, else the milliseconds until one will be. */
  take(address: string): number;
  /** Buckets that are remembered; one more than addresses may be, for the newcomers. */
  addresses(): number;
}

/** Whose bucket newcomers share when there is no room. */
const NEWCOMERS = "";

export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { addressesMax, nowMs } = options;
  const tokenMs = 1000 / options.perSecond;
  const bucketMs = options.burst * tokenMs;
  /** When each bucket will be full again: all that needs to be known of it. */
  const fullAtMs = new Map<string, number>();
  let sweepAtMs = 0;

  /** Looks through all of them, so it is done at most once in the time that fills a bucket. */
  function forgetFull(now: number): void {
    if (now < sweepAtMs) return;
    sweepAtMs = now + bucketMs;
    for (const [address, fullAt] of fullAtMs) if (fullAt <= now) fullAtMs.delete(address);
  }

  function hasRoom(now: number): boolean {
    if (fullAtMs.size >= addressesMax) forgetFull(now);
    return fullAtMs.size < addressesMax;
  }

  return {
    take(address) {
      const now = nowMs();
      const key = fullAtMs.has(address) || hasRoom(now) ? address : NEWCOMERS;
      const fullAt = Math.max(now, fullAtMs.get(key) ?? now) + tokenMs;
      const waitMs = fullAt - now - bucketMs;
      if (waitMs > 0) return Math.ceil(waitMs);
      fullAtMs.set(key, fullAt);
      return 0;
    },
    addresses: () => fullAtMs.size,
  };
}
