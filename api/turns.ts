/**
 * Shares the event loop out among many who have all something to do at once: so many a turn, and
 * between two turns the sockets send what was written. Whoever comes first waits for nobody.
 */

export interface Turns {
  /** Runs it now if the turn has room, else in one of the next turns, first come first served. */
  take(run: () => void): void;
}

export function createTurns(perTurn: number): Turns {
  /** Those from `next` on wait. */
  let queue: (() => void)[] = [];
  let next = 0;
  /** Of this turn. */
  let taken = 0;
  let isTurning = false;

  function turn(): void {
    taken = 0;
    while (taken < perTurn) {
      const run = queue[next];
      if (run === undefined) break;
      next += 1;
      taken += 1;
      run();
    }
    if (next === queue.length) {
      queue = [];
      next = 0;
    }
    isTurning = taken > 0;
    if (isTurning) setImmediate(turn);
  }

  return {
    take(run) {
      if (!isTurning) {
        isTurning = true;
        setImmediate(turn);
      }
      if (taken < perTurn && next === queue.length) {
        taken += 1;
        run();
      } else queue.push(run);
    },
  };
}
