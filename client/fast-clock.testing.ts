/**
 * A clock for tests in memory: time stands still while anything is running, and jumps to the next
 * sleeper when nothing is. Hours pass in milliseconds, in the same order every time.
 */
import type { Clock } from "./clock.js";

/**
 * For tests over real sockets: no time-out ever fires, so only what the test does can end a call.
 */
export const stoppedClock: Clock = {
  now: () => 0,
  sleep: (_ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    }),
};

/** Turns of the event loop without which a chain of promises may still be running. */
const IDLE_TURNS = 4;

export function createFastClock(): Clock {
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  let now = 0;
  let turning = false;

  function turn(left: number): void {
    if (left > 0) {
      setImmediate(turn, left - 1);
      return;
    }
    const [next] = [...sleepers].sort((a, b) => a.at - b.at);
    turning = next !== undefined;
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    setImmediate(turn, IDLE_TURNS);
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const sleeper = { at: now + ms, wake };
        function wake(): void {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", wake);
          resolve();
        }
        signal.addEventListener("abort", wake, { once: true });
        sleepers.add(sleeper);
        if (turning) return;
        turning = true;
        setImmediate(turn, IDLE_TURNS);
      });
    },
  };
}
