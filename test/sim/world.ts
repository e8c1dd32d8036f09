/**
 * Virtual time: one heap of events ordered by (time, order of scheduling). Nothing else runs the
 * simulated cluster, so a seed decides everything.
 */

export interface World {
  readonly nowMs: number;
  readonly eventCount: number;
  /** Runs `fn` after `delayMs`, at the soonest after everything already due at that time. */
  after(delayMs: number, fn: () => void): void;
  /** Runs events until the time or the condition is reached, calling `each` after every event. */
  run(untilMs: number, each: () => void, done?: () => boolean): void;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

export function createWorld(): World {
  const heap: Event[] = [];
  let nowMs = 0;
  let order = 0;
  let eventCount = 0;

  function before(a: Event, b: Event): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  function push(event: Event): void {
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !before(event, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let smaller = left;
      if (right !== undefined && before(right, left)) {
        child++;
        smaller = right;
      }
      if (!before(smaller, last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  return {
    get nowMs() {
      return nowMs;
    },
    get eventCount() {
      return eventCount;
    },
    after(delayMs, fn) {
      push({ atMs: nowMs + Math.max(0, delayMs), order: order++, fn });
    },
    run(untilMs, each, done) {
      while ((heap[0]?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
        const event = pop();
        if (event === undefined) break;
        nowMs = event.atMs;
        eventCount++;
        event.fn();
        each();
        if (done?.() === true) return;
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}
