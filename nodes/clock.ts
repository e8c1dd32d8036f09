/**
 * Time as the driver sees it: the only timers in nodes/. Two implementations and no third: the
 * system's here and the simulated one in test/sim.
 */
import { performance } from "node:perf_hooks";

export interface Clock {
  /** Milliseconds that never go back and do not jump with the wall clock. */
  nowMs(): number;
  /** Milliseconds since 1970. Data only: it may jump, and nothing is ordered by it. */
  wallMs(): number;
  /** Calls `fn` about every `periodMs`; returns the function that ends it. */
  every(periodMs: number, fn: () => void): () => void;
  /** Calls `fn` after what already waits in the sockets has been read. */
  soon(fn: () => void): void;
  /** Calls `fn` before anything else happens, but not before the caller returns. */
  next(fn: () => void): void;
}

export function createSystemClock(): Clock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    every(periodMs, fn) {
      const timer = setInterval(fn, periodMs);
      return () => clearInterval(timer);
    },
    soon(fn) {
      setImmediate(fn);
    },
    next(fn) {
      queueMicrotask(fn);
    },
  };
}
