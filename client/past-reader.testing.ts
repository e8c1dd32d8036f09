/** Test support: histories of the room "lobby", and reading them where that must not fail. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command } from "../game/command.js";
import { anyCommand } from "../game/table.testing.js";
import type { Transaction } from "../game/transaction.js";
import type { ScriptedLog } from "./list-events.testing.js";
import { createPastReader, type PastReader, type PastStretch } from "./past-reader.js";
import { afterTransactions, type Projection } from "./projection.js";

export const ROOM = "lobby";

/** The signal of someone who stays. */
export const going = new AbortController().signal;

export function readerOf({ listEvents }: Pick<ScriptedLog, "listEvents">): PastReader {
  return createPastReader({ room: ROOM, listEvents });
}

export function newest(log: readonly Transaction[]): bigint {
  return log.at(-1)?.zxid ?? 0n;
}

export async function scanned(reader: PastReader, until: bigint): Promise<readonly number[]> {
  const done: number[] = [];
  assert.deepEqual(await reader.scan(until, (part) => done.push(part), going), { ok: true });
  return done;
}

export async function stretchAt(
  reader: PastReader,
  at: Parameters<PastReader["stretch"]>[0],
  around: number,
): Promise<PastStretch> {
  const answer = await reader.stretch(at, around, going);
  assert.ok(answer.ok, answer.ok ? "" : answer.message);
  return answer.stretch;
}

/** The state after each of them, without the zxid of what others did. */
export function statesAfter(
  before: Projection,
  transactions: readonly Transaction[],
): Projection[] {
  let state = before;
  return transactions.map((one) => {
    state = afterTransactions(state, [one], one.zxid);
    return state;
  });
}

export function guess(value: number, player = "eve"): Command {
  return { type: "SubmitGuess", room: ROOM, player, value, requestId: "" };
}

export function target(value: number, room = ROOM): Command {
  return { type: "SetTarget", room, player: "dan", value, requestId: "" };
}

export function close(): Command {
  return { type: "CloseRound", room: ROOM, player: "dan", requestId: "" };
}

export function guesses(count: number): Command[] {
  return Array.from({ length: count }, (_, index) => guess(index % 101, `p${index % 7}`));
}

/** Commands to several rooms, in epochs. */
export const anyHistory = fc.array(fc.array(anyCommand, { maxLength: 120 }), {
  minLength: 1,
  maxLength: 5,
});
