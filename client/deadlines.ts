/**
 * The deadlines of many calls on one timer: a timer and a listener for each would cost more than
 * most calls do.
 */
import type { Clock } from "./clock.js";

export interface Deadline {
  /** Milliseconds since 1970. It may be moved later at any time, never earlier. */
  endMs: number;
  /** Called once, at the end or a little later, unless it was deleted before. */
  readonly onEnd: () => void;
}

export interface Deadlines {
  add(deadline: Deadline): void;
  delete(deadline: Deadline): void;
  /** No end is told any more. */
  close(): void;
}

/** All are looked through when one ends: not more often than this. */
const STEP_MIN_MS = 5;

export function createDeadlines(clock: Clock): Deadlines {
  const running = new Set<Deadline>();
  /** The one sleep under way, and when it ends; kept when all are deleted, so it ends unused. */
  let timer: AbortController | undefined;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let isClosed = false;

  function wakeAt(endMs: number): void {
    timer?.abort();
    const mine = new AbortController();
    timer = mine;
    wakeAtMs = endMs;
    void clock.sleep(Math.max(STEP_MIN_MS, endMs - clock.now()), mine.signal).then(() => {
      if (!mine.signal.aborted) lookThrough();
    });
  }

  function lookThrough(): void {
    timer = undefined;
    wakeAtMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.now();
    const ended: Deadline[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const deadline of running) {
      if (deadline.endMs <= nowMs) ended.push(deadline);
      else nextMs = Math.min(nextMs, deadline.endMs);
    }
    for (const deadline of ended) running.delete(deadline);
    if (nextMs < wakeAtMs) wakeAt(nextMs);
    for (const deadline of ended) deadline.onEnd();
  }

  return {
    add(deadline) {
      if (isClosed) return;
      running.add(deadline);
      if (deadline.endMs < wakeAtMs) wakeAt(deadline.endMs);
    },
    delete(deadline) {
      running.delete(deadline);
    },
    close() {
      isClosed = true;
      running.clear();
      timer?.abort();
    },
  };
}
