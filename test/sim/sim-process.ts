/**
 * The life of one simulated process: what it scheduled dies with it, and waits while it is frozen.
 * Also the simulated implementation of nodes/clock.ts, on a clock that may run fast or slow.
 */
import type { Clock } from "../../nodes/clock.js";
import type { World } from "./world.js";

export interface SimProcess {
  readonly clock: Clock;
  readonly alive: boolean;
  /** Runs `fn` on behalf of the process: not at all if it is dead, later if it is frozen. */
  run(fn: () => void): void;
  after(delayMs: number, fn: () => void): void;
  freeze(): void;
  thaw(): void;
  kill(): void;
}

/** One whose clock can be tampered with, and that can be killed at any statement. */
export interface FragileProcess extends SimProcess {
  /** Kills it in the middle of what it does just now: not one more statement of it is run. */
  die(): never;
  setRate(rate: number): void;
  /** Moves the clock that is said never to go back. */
  jump(ms: number): void;
}

/** Wall clocks differ between nodes, and a fault may make one jump. */
export interface WallClock {
  offsetMs: number;
}

/** How the timers of a process are off. */
export interface Skew {
  /** Local milliseconds a true one. */
  readonly rate: number;
  /** How late the next timer fires; a late one brings several ticks at once. */
  readonly lateMs: () => number;
  /** How long it takes until what was put off is done. */
  readonly busyMs: () => number;
}

const NO_SKEW: Skew = { rate: 1, lateMs: () => 0, busyMs: () => 0 };

class ProcessDied extends Error {
  constructor(readonly process: FragileProcess) {
    super("the simulated process died");
  }
}

/** `touched` is called whenever the process does something. */
export function createSimProcess(
  world: World,
  wall: WallClock,
  skew: Skew = NO_SKEW,
  touched: () => void = () => {},
): FragileProcess {
  let alive = true;
  let frozen = false;
  let depth = 0;
  let deferred: (() => void)[] = [];
  let { rate } = skew;
  /** Local time at a true moment; from there on it runs at `rate`. */
  let localMs = 0;
  let trueMs = world.nowMs;

  function nowMs(): number {
    return localMs + (world.nowMs - trueMs) * rate;
  }

  function run(fn: () => void): void {
    if (!alive) return;
    // What came while it was frozen comes first.
    if (frozen || deferred.length > 0) deferred.push(fn);
    else execute(fn);
  }

  function execute(fn: () => void): void {
    depth++;
    try {
      fn();
    } catch (error) {
      // Of two that are nested, e.g. through the answer to a client, the outer one ends it.
      if (!(error instanceof ProcessDied && error.process === process && depth === 1)) throw error;
    } finally {
      depth--;
      touched();
    }
  }

  function after(delayMs: number, fn: () => void): void {
    world.after(delayMs, () => run(fn));
  }

  function catchUp(): void {
    while (!frozen) {
      const [next] = deferred;
      if (next === undefined) return;
      execute(next);
      deferred.shift();
    }
  }

  const clock: Clock = {
    nowMs,
    wallMs: () => 1_700_000_000_000 + world.nowMs + wall.offsetMs,
    every(periodMs, fn) {
      let on = true;
      const fire = (): void => {
        if (!on) return;
        fn();
        again();
      };
      const again = (): void => {
        world.after(periodMs / rate + skew.lateMs(), () => run(fire));
      };
      again();
      return () => {
        on = false;
      };
    },
    soon: (fn) => after(skew.busyMs(), fn),
    next: (fn) => after(0, fn),
  };

  const process: FragileProcess = {
    clock,
    get alive() {
      return alive;
    },
    run,
    after,
    freeze() {
      frozen = true;
    },
    thaw() {
      if (!frozen) return;
      frozen = false;
      world.after(0, catchUp);
    },
    kill() {
      alive = false;
      deferred = [];
    },
    die() {
      process.kill();
      throw new ProcessDied(process);
    },
    setRate(newRate) {
      localMs = nowMs();
      trueMs = world.nowMs;
      rate = newRate;
    },
    jump(ms) {
      localMs += ms;
    },
  };
  return process;
}
