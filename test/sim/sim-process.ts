/**
 * The life of one simulated process: what it scheduled dies with it, and waits while it is frozen.
 * Also the simulated implementation of nodes/clock.ts.
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

/** Wall clocks differ between nodes, and a fault may make one jump. */
export interface WallClock {
  offsetMs: number;
}

export function createSimProcess(world: World, wall: WallClock): SimProcess {
  let alive = true;
  let frozen = false;
  let deferred: (() => void)[] = [];
  const startedAtMs = world.nowMs;

  function run(fn: () => void): void {
    if (!alive) return;
    if (frozen) deferred.push(fn);
    else fn();
  }

  function after(delayMs: number, fn: () => void): void {
    world.after(delayMs, () => run(fn));
  }

  const clock: Clock = {
    nowMs: () => world.nowMs - startedAtMs,
    wallMs: () => 1_700_000_000_000 + world.nowMs + wall.offsetMs,
    every(periodMs, fn) {
      let on = true;
      const again = (): void => {
        after(periodMs, () => {
          if (!on) return;
          fn();
          again();
        });
      };
      again();
      return () => {
        on = false;
      };
    },
    soon: (fn) => after(0, fn),
    next: (fn) => after(0, fn),
  };

  return {
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
      const waiting = deferred;
      deferred = [];
      for (const fn of waiting) world.after(0, () => run(fn));
    },
    kill() {
      alive = false;
      deferred = [];
    },
  };
}
