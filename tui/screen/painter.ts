/**
 * Decides when to paint: as soon as the budget allows, once for everything that came together. It
 * does not know what is painted.
 */
import type { Clock } from "../../client/clock.js";
import { createPaintBudget } from "./paint-budget.js";

export interface PainterOptions {
  readonly clock: Clock;
  /** Calls back when what is going out in this turn of the loop has gone, as setImmediate does. */
  readonly soon: (work: () => void) => void;
  /** Paints if anything looks different; true if it did. */
  readonly paint: () => boolean;
  /** Takes what `paint` threw. */
  readonly fail: (error: unknown) => void;
}

export interface Painter {
  /** `urgent`: the player waits for it. */
  request(urgent: boolean): void;
  close(): void;
}

export function createPainter({ clock, soon, paint, fail }: PainterOptions): Painter {
  const budget = createPaintBudget();
  let due: { readonly atMs: number; readonly timer: AbortController } | undefined;
  let closed = false;

  function now(): void {
    due?.timer.abort();
    due = undefined;
    try {
      if (!closed && paint()) budget.painted(clock.now());
    } catch (error) {
      fail(error);
    }
  }

  return {
    request(urgent) {
      if (closed) return;
      const nowMs = clock.now();
      const waitMs = budget.waitMs(nowMs, urgent);
      const atMs = nowMs + waitMs;
      if (due !== undefined && due.atMs <= atMs) return;
      due?.timer.abort();
      const timer = new AbortController();
      due = { atMs, timer };
      const paintDue = (): void => {
        if (!timer.signal.aborted) now();
      };
      // Also without waiting not at once: a guess leaves before it is painted as pending, and what
      // comes in the same turn goes into the same paint.
      if (waitMs === 0) soon(paintDue);
      else void clock.sleep(waitMs, timer.signal).then(paintDue);
    },
    close() {
      closed = true;
      due?.timer.abort();
      due = undefined;
    },
  };
}
