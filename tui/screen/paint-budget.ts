/**
 * How soon the screen may be painted again: never more than 30 times in any second. What a player
 * did himself is painted at once while there is budget; what others do leaves some of it for that.
 * Pure but for what it remembers.
 */

/** Paints at once after a quiet time. */
const BURST = 3;
/** Paints a second after that; with the burst, 30 in any second. */
const PAINTS_PER_S = 27;
/** Between two paints for news from others: 22 a second, so that some always come back. */
const NEWS_EVERY_MS = 45;

export interface PaintBudget {
  /** Milliseconds until the next paint; 0 for now. `urgent`: the player is waiting for it. */
  waitMs(nowMs: number, urgent: boolean): number;
  painted(nowMs: number): void;
}

export function createPaintBudget(): PaintBudget {
  let left = BURST;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let paintedAtMs = Number.NEGATIVE_INFINITY;

  function count(nowMs: number): void {
    const earned = ((nowMs - countedAtMs) / 1000) * PAINTS_PER_S;
    left = Math.min(BURST, left + Math.max(0, earned));
    countedAtMs = nowMs;
  }

  return {
    waitMs(nowMs, urgent) {
      count(nowMs);
      const forBudgetMs = left >= 1 ? 0 : ((1 - left) / PAINTS_PER_S) * 1000;
      const forNewsMs = urgent ? 0 : paintedAtMs + NEWS_EVERY_MS - nowMs;
      return Math.max(0, forBudgetMs, forNewsMs);
    },
    painted(nowMs) {
      count(nowMs);
      left -= 1;
      paintedAtMs = nowMs;
    },
  };
}
