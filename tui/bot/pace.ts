/**
 * When a bot plays: at fixed moments on the clock, however long an answer takes. Moments that were
 * missed are left out, so a bot that was held up does not make up for it. Pure: time comes in.
 */

/** No timer is exact; so little late, a beat still counts. */
const LATE_MAX_MS = 20;

export interface Pace {
  /** The next beat, milliseconds by the clock that `take` is given. */
  nextMs(): number;
  /** How many beats to play now: mostly none or one, more if several fit into LATE_MAX_MS. */
  take(nowMs: number): number;
}

/** The first beat is at `firstMs`, the others follow every `intervalMs`. */
export function createPace(firstMs: number, intervalMs: number): Pace {
  const inTimeMax = 1 + Math.floor(LATE_MAX_MS / intervalMs);
  let beat = 0;
  const nextMs = (): number => firstMs + beat * intervalMs;
  return {
    nextMs,
    take(nowMs) {
      if (nowMs < nextMs()) return 0;
      const due = 1 + Math.floor((nowMs - nextMs()) / intervalMs);
      beat += due;
      return Math.min(due, inTimeMax);
    },
  };
}
