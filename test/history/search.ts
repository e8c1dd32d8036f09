/**
 * Is there an order of one room's operations that the rules allow, in which each takes effect
 * between its sending and its answer? The search of Wing and Gong, with Lowe's memory of what was
 * tried: place any operation that nothing unplaced must precede and that the rules allow, go on,
 * come back on a dead end, and never go on twice from the same set and state.
 *
 * What was told a zxid has one possible order (placement.ts), so what is really searched is which
 * of the unknown operations happened, and where (doubtful.ts).
 */
import { type Choice, choicesAt } from "./choices.js";
import { wishesOf } from "./doubtful.js";
import { createMemory } from "./memory.js";
import { type RoomState, step } from "./model.js";
import {
  isAnswered,
  isNumbered,
  isRejected,
  type Numbered,
  type Operation,
  type Rejected,
} from "./operation.js";
import { createPlacement } from "./placement.js";
import { gatherFacts } from "./round-facts.js";

/** How far a search came that did not find an order. */
export interface Deepest {
  /** The most operations that could be placed, in an order that is right. */
  readonly order: readonly Operation[];
  /** Those of them that were answered. */
  readonly placed: number;
  /** After them. */
  readonly state: RoomState;
  /** The next in zxid order. */
  readonly next: Numbered | undefined;
  readonly waiting: readonly Rejected[];
}

export type SearchEnd =
  | { readonly kind: "found"; readonly order: readonly Operation[]; readonly steps: number }
  | { readonly kind: "impossible"; readonly deepest: Deepest; readonly steps: number }
  /** The steps were used up. */
  | { readonly kind: "gaveUp"; readonly deepest: Deepest; readonly steps: number };

/** A place on the way to which the search may come back. */
interface Place {
  /** Of the order, up to here. */
  readonly length: number;
  /** Unknown operations that are placed, one bit each. */
  readonly used: bigint;
  /** Undefined until the search has come back for the first time. */
  untried: Choice[] | undefined;
  /** Operations that would have been tried here or further on, and were used up. */
  missed: bigint;
}

/** Equal input, equal end: the bound is in steps, not in time. */
export function searchOrder(operations: readonly Operation[], stepsMax: number): SearchEnd {
  const answered = operations.filter(isAnswered);
  const numbered = answered.filter(isNumbered);
  const rejected = answered.filter(isRejected);
  const wishes = wishesOf(operations.filter((operation) => !isAnswered(operation)));
  const facts = gatherFacts(answered);
  const placement = createPlacement(numbered, rejected);
  const memory = createMemory();
  const way: Place[] = [];
  const all = numbered.length + rejected.length;
  let used = 0n;
  let steps = 0;
  let deepest: Deepest | undefined;

  /** Places the next answer, if it can stand here: unknown operations only where it cannot. */
  function goOn(untilMs: number): boolean {
    const { state, next } = placement;
    if (next === undefined || next.invokedAtMs > untilMs) return false;
    const after = step(state, next.player, next.call, next.result);
    if (typeof after === "string" || !facts.fits(after)) return false;
    placement.placeNext(after);
    return true;
  }

  /** Looks at a place to which the search has come back. */
  function lookAround(place: Place): Choice[] {
    const { state, next } = placement;
    const untilMs = placement.settle();
    const standing = { state, next, untilMs, waiting: () => placement.waiting(untilMs) };
    const { choices, missed } = choicesAt(standing, wishes, facts, used);
    place.missed |= missed;
    return choices;
  }

  /** The last place with something untried; false if there is none. */
  function goBack(missed: bigint): boolean {
    for (let place = way.at(-1); place !== undefined; place = way.at(-1)) {
      place.missed |= missed;
      placement.back(place.length);
      used = place.used;
      place.untried ??= lookAround(place);
      const choice = place.untried.shift();
      if (choice !== undefined) {
        placement.placeDoubtful(choice.operation, choice.after);
        used |= choice.bit;
        return true;
      }
      way.pop();
      missed = place.missed;
      memory.learn(placement.key(), placement.state, missed & used);
    }
    return false;
  }

  function noteDepth(untilMs: number): Deepest {
    const { placed, state, next } = placement;
    if (deepest === undefined || placed > deepest.placed) {
      const order = [...placement.order];
      deepest = { order, placed, state, next, waiting: placement.waiting(untilMs) };
    }
    return deepest;
  }

  for (;;) {
    const untilMs = placement.settle();
    if (placement.placed === all) return { kind: "found", order: [...placement.order], steps };
    const { state, next } = placement;
    let missed = memory.deadEnd(placement.key(), state, used);
    if (missed === undefined) {
      const place: Place = { length: placement.order.length, used, untried: undefined, missed: 0n };
      way.push(place);
      if (!goOn(untilMs)) {
        noteDepth(untilMs);
        missed = 0n;
      } else if (next?.call.type === "read") {
        // What may stand before a read that is right may stand behind it: nothing else is to try.
        place.untried = [];
      }
    }
    if (missed !== undefined && !goBack(missed)) {
      return { kind: "impossible", deepest: noteDepth(untilMs), steps };
    }
    steps++;
    if (steps >= stepsMax) return { kind: "gaveUp", deepest: noteDepth(untilMs), steps };
  }
}
