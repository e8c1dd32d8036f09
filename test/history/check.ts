/**
 * The verdict on a history: linearizable or not, room by room. A history on independent objects is
 * right if and only if its part on each of them is (Herlihy and Wing), and that keeps searches
 * short. No clock here: a bound on steps says when a search is given up.
 */
import { explain, type Stuck, stuckOperations } from "./explain.js";
import type { Operation } from "./operation.js";
import { searchOrder } from "./search.js";

export type Verdict =
  | { readonly kind: "ok"; readonly rooms: number; readonly steps: number }
  | {
      readonly kind: "violation";
      readonly room: string;
      /** The longest order that is right, as far as it was looked for. */
      readonly order: readonly Operation[];
      /** What would come next and cannot. */
      readonly stuck: readonly Stuck[];
      /** All of that in plain words, many lines. */
      readonly words: string;
    }
  | { readonly kind: "unknown"; readonly rooms: readonly string[]; readonly why: string };

/** Of each room's search; a history without unknown outcomes takes one step an operation. */
const STEPS_MAX = 200_000;

/** A violation in one room outweighs an unknown verdict on another. */
export function checkHistory(operations: readonly Operation[], stepsMax = STEPS_MAX): Verdict {
  const undecided: string[] = [];
  let steps = 0;
  const rooms = byRoom(operations);
  for (const [room, own] of rooms) {
    const end = searchOrder(own, stepsMax);
    steps += end.steps;
    if (end.kind === "gaveUp") undecided.push(room);
    if (end.kind !== "impossible") continue;
    const { order } = end.deepest;
    const stuck = stuckOperations(own, end.deepest);
    const words = explain(room, own, end.deepest, stuck);
    return { kind: "violation", room, order, stuck, words };
  }
  if (undecided.length === 0) return { kind: "ok", rooms: rooms.size, steps };
  const why = `${stepsMax} steps did not decide ${undecided.map((room) => `"${room}"`).join(", ")}`;
  return { kind: "unknown", rooms: undecided, why };
}

function byRoom(operations: readonly Operation[]): Map<string, Operation[]> {
  const rooms = new Map<string, Operation[]>();
  for (const operation of operations) {
    const own = rooms.get(operation.room);
    if (own === undefined) rooms.set(operation.room, [operation]);
    else own.push(operation);
  }
  return rooms;
}
