/** Operations and rooms in plain words and on a time line, for whoever reads a verdict. */
import { formatZxid } from "../../game/zxid.js";
import type { Operation, RoomView } from "./operation.js";

const LINE_COLUMNS = 50;

/** E.g. "c1 r7: alice guessed 40, committed at 1.7 in round 1". */
export function operationInWords(operation: Operation): string {
  return `${nameOf(operation)}: ${wishInWords(operation)}, ${resultInWords(operation)}`;
}

export function nameOf({ client, requestId }: Operation): string {
  return `${client} ${requestId}`;
}

function wishInWords({ player, call }: Operation): string {
  switch (call.type) {
    case "setTarget":
      return `${player} set the target ${call.value}`;
    case "guess":
      return `${player} guessed ${call.value}`;
    case "close":
      return `${player} closed the round`;
    case "read":
      return "a read";
  }
}

function resultInWords({ result }: Operation): string {
  switch (result?.type) {
    case undefined:
      return "outcome unknown";
    case "committed":
      return `committed at ${formatZxid(result.zxid)} in round ${result.round}`;
    case "rejected":
      return `rejected with ${result.reason}`;
    case "state":
      return `saw at ${formatZxid(result.zxid)}: ${viewInWords(result.view)}`;
  }
}

/** E.g. "round 2 open, target 50 by bob, 1 guess (alice 40), round 1 went to eve with 7". */
export function viewInWords(view: RoomView): string {
  if (view.round === 0) return "no such room";
  const { round, open, target, by, guessCount, lastClosed } = view;
  const parts = [`round ${round} ${open ? "open" : "closed"}`, `target ${target} by ${by}`];
  if (guessCount > 0) {
    const newest = view.guesses.slice(-5).map(({ player, value }) => `${player} ${value}`);
    const list = newest.length < guessCount ? ["...", ...newest] : newest;
    parts.push(`${guessCount} ${guessCount === 1 ? "guess" : "guesses"} (${list.join(", ")})`);
  } else if (open) {
    parts.push("no guess");
  }
  if (lastClosed !== undefined) {
    parts.push(`round ${lastClosed.round} went to ${lastClosed.winner} with ${lastClosed.guess}`);
  }
  return parts.join(", ");
}

/** One line an operation, from its sending to its answer; "?" at the end if none came. */
export function timeLine(operations: readonly Operation[]): string[] {
  const times = operations.flatMap(({ invokedAtMs, returnedAtMs = invokedAtMs }) => [
    invokedAtMs,
    returnedAtMs,
  ]);
  const fromMs = Math.min(...times);
  const columnMs = (Math.max(...times) - fromMs) / (LINE_COLUMNS - 1) || 1;
  const names = operations.map((operation) => nameOf(operation).slice(0, 30));
  const width = Math.max(...names.map((name) => name.length));
  return operations.map(({ invokedAtMs, returnedAtMs }, index) => {
    const column = (atMs: number): number => Math.round((atMs - fromMs) / columnMs);
    const begin = column(invokedAtMs);
    const end = returnedAtMs === undefined ? LINE_COLUMNS : column(returnedAtMs);
    const bar = "-".repeat(Math.max(0, end - begin - 1));
    const tail = returnedAtMs === undefined ? "?" : "|";
    return `${(names[index] ?? "").padEnd(width)} ${" ".repeat(begin)}|${bar}${tail}`;
  });
}
