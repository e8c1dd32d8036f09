/** Why a room's history cannot be right, in words: how far an order comes, and what stops it. */
import { step } from "./model.js";
import { type Answered, isAnswered, type Operation } from "./operation.js";
import { gatherFacts } from "./round-facts.js";
import type { Deepest } from "./search.js";
import { nameOf, operationInWords, timeLine, viewInWords } from "./words.js";

/** An operation that no order could place next, and why. */
export interface Stuck {
  readonly operation: Answered;
  readonly why: string;
  /** The other operation that it cannot be brought together with, if it is one. */
  readonly against: Operation | undefined;
}

const LINES_MAX = 5;

/** `operations`: all of the room. */
export function stuckOperations(operations: readonly Operation[], deepest: Deepest): Stuck[] {
  const placed = new Set(deepest.order);
  const missing = operations.filter((one) => !placed.has(one)).filter(isAnswered);
  const { next, waiting } = deepest;
  const stuck = next === undefined ? [...waiting] : [next, ...waiting];
  return stuck.map((operation) => ({ operation, ...whyNot(operation, missing, deepest) }));
}

function whyNot(
  operation: Answered,
  missing: readonly Answered[],
  { state }: Deepest,
): Omit<Stuck, "operation"> {
  const earlier = missing.find((other) => other.returnedAtMs < operation.invokedAtMs);
  if (earlier !== undefined) {
    const why = `it was sent after ${nameOf(earlier)} had been answered, which cannot come before`;
    return { why, against: earlier };
  }
  const { player, call, result } = operation;
  const after = step(state, player, call, result);
  if (typeof after === "string") return { why: after, against: undefined };
  const witness = missing.find((other) => !gatherFacts([other]).fits(after));
  return witness === undefined
    ? { why: "nothing that follows fits then", against: undefined }
    : { why: `it contradicts what ${nameOf(witness)} was told later`, against: witness };
}

export function explain(
  room: string,
  operations: readonly Operation[],
  deepest: Deepest,
  stuck: readonly Stuck[],
): string {
  const { order, state } = deepest;
  const last = order.slice(-LINES_MAX);
  const shown = stuck.slice(0, LINES_MAX);
  const concerned = shown.flatMap(({ operation, against = operation }) => [operation, against]);
  const doubtful = operations.filter((operation) => !isAnswered(operation)).length;
  return [
    `No order of the ${operations.length} operations on room "${room}" explains its answers.`,
    `Unknown outcomes: ${doubtful}; each may be anywhere after its sending, or not at all.`,
    `${order.length} can be put in order; the last of these:`,
    ...last.map((operation) => `  ${operationInWords(operation)}`),
    `The room is then: ${viewInWords(state)}.`,
    `${stuck.length} could come next by time and zxid, and cannot:`,
    ...shown.map(({ operation, why, against }) => {
      const other = against === undefined ? "" : `\n    (${operationInWords(against)})`;
      return `  ${operationInWords(operation)}\n    but ${why}${other}`;
    }),
    "In time:",
    ...timeLine([...last, ...new Set(concerned)]).map((line) => `  ${line}`),
  ].join("\n");
}
