/**
 * An order of one room's operations under construction: what is placed, the state after it, what
 * may come next in real time, and the way back. It decides nothing; search.ts does.
 *
 * Commands and reads that were told a zxid can only stand in the order of their zxids, so they are
 * one queue. Rejections change nothing: one that is right now is placed now, which can only help
 * what is still to come.
 */
import { EMPTY_ROOM, type RoomState, step } from "./model.js";
import type { Numbered, Operation, Rejected } from "./operation.js";

export interface Placement {
  readonly order: readonly Operation[];
  readonly state: RoomState;
  /** The first of the queue. */
  readonly next: Numbered | undefined;
  /** Answered operations that are placed. */
  readonly placed: number;
  /**
   * Places every rejection that is right now. Returns the time at which the first operation ended
   * that is not placed: none that was invoked later may be placed before it.
   */
  settle(): number;
  /** Rejections that were invoked by then and are not placed. */
  waiting(untilMs: number): Rejected[];
  placeNext(after: RoomState): void;
  /** One without an answer. */
  placeDoubtful(operation: Operation, after: RoomState): void;
  /** Takes back all but the first `count` of the order. */
  back(count: number): void;
  /** Equal for equal sets of placed answered operations. */
  key(): string;
}

export function createPlacement(
  numbered: readonly Numbered[],
  rejected: readonly Rejected[],
): Placement {
  const queue = numbered.toSorted(byZxid);
  const firstEndMs = endsFrom(queue);
  const rejections = rejected.toSorted((a, b) => a.invokedAtMs - b.invokedAtMs);
  const isPlaced = rejections.map(() => false);
  const order: Operation[] = [];
  const undo: (() => void)[] = [];
  let state = EMPTY_ROOM;
  let next = 0;
  let rejectionsPlaced = 0;
  /** All rejections before this one are placed. */
  let firstOpen = 0;

  function place(operation: Operation, after: RoomState, takeBack: () => void): void {
    const before = state;
    order.push(operation);
    undo.push(() => {
      state = before;
      takeBack();
    });
    state = after;
  }

  function placeRejection(index: number, rejection: Rejected): void {
    isPlaced[index] = true;
    rejectionsPlaced++;
    const openBefore = firstOpen;
    while (isPlaced[firstOpen] === true) firstOpen++;
    place(rejection, state, () => {
      isPlaced[index] = false;
      rejectionsPlaced--;
      firstOpen = openBefore;
    });
  }

  /** Those not placed that were invoked by then, and where they stand. */
  function* openRejections(untilMs: () => number): Generator<[number, Rejected]> {
    for (let index = firstOpen; index < rejections.length; index++) {
      const rejection = rejections[index];
      if (rejection === undefined || rejection.invokedAtMs > untilMs()) return;
      if (isPlaced[index] !== true) yield [index, rejection];
    }
  }

  function endMs(): number {
    let first = firstEndMs[next] ?? Number.POSITIVE_INFINITY;
    for (const [, { returnedAtMs }] of openRejections(() => first)) {
      first = Math.min(first, returnedAtMs);
    }
    return first;
  }

  return {
    order,
    get state() {
      return state;
    },
    get next() {
      return queue[next];
    },
    get placed() {
      return next + rejectionsPlaced;
    },
    settle() {
      for (;;) {
        const untilMs = endMs();
        const before = rejectionsPlaced;
        for (const [index, rejection] of openRejections(() => untilMs)) {
          const { player, call, result } = rejection;
          const after = step(state, player, call, result);
          if (typeof after !== "string") placeRejection(index, rejection);
        }
        if (rejectionsPlaced === before) return untilMs;
      }
    },
    waiting: (untilMs) =>
      Array.from(
        openRejections(() => untilMs),
        ([, rejection]) => rejection,
      ),
    placeNext(after) {
      const operation = queue[next];
      if (operation === undefined) throw new Error("nothing is left to place");
      next++;
      place(operation, after, () => {
        next--;
      });
    },
    placeDoubtful: (operation, after) => place(operation, after, () => {}),
    back(count) {
      while (order.length > count) {
        order.pop();
        undo.pop()?.();
      }
    },
    key() {
      const beyond: number[] = [];
      for (let index = firstOpen; firstOpen + beyond.length < rejectionsPlaced; index++) {
        if (isPlaced[index] === true) beyond.push(index);
      }
      return `${next}/${firstOpen}/${beyond}`;
    },
  };
}

/** A read stands behind the write that it names. Among reads of one zxid the first to end leads. */
function byZxid(a: Numbered, b: Numbered): number {
  if (a.result.zxid !== b.result.zxid) return a.result.zxid < b.result.zxid ? -1 : 1;
  const reads = Number(a.call.type === "read") - Number(b.call.type === "read");
  return reads === 0 ? a.returnedAtMs - b.returnedAtMs : reads;
}

/** For each place of the queue, the earliest end from there on. */
function endsFrom(queue: readonly Numbered[]): readonly number[] {
  const ends: number[] = [];
  let first = Number.POSITIVE_INFINITY;
  for (const { returnedAtMs } of queue.toReversed()) {
    first = Math.min(first, returnedAtMs);
    ends.push(first);
  }
  return ends.reverse();
}
