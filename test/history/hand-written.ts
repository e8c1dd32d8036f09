/** Short words for writing histories by hand in tests. All are on one room, "lobby". */
import { parseZxid } from "../../game/zxid.js";
import type { Call, Operation, Result, RoomView } from "./operation.js";

/** Client and player, sent at, answered at, and what came of it; without these two, unknown. */
export type Row = readonly [
  who: string,
  fromMs: number,
  toMs: number | undefined,
  call: Call,
  result?: Result,
];

export const target = (value: number): Call => ({ type: "setTarget", value });
export const guess = (value: number): Call => ({ type: "guess", value });
export const CLOSE: Call = { type: "close" };
export const READ: Call = { type: "read" };

export function committed(place: string, round: number): Result {
  return { type: "committed", zxid: zxidAt(place), round };
}

export function rejected(reason: string): Result {
  return { type: "rejected", reason };
}

export function saw(place: string, view: RoomView): Result {
  return { type: "state", zxid: zxidAt(place), view };
}

export const NO_ROOM: RoomView = {
  round: 0,
  open: false,
  target: 0,
  by: "",
  guessCount: 0,
  guesses: [],
  lastClosed: undefined,
};

/** A round with the target 50, set by alice. Guesses as "bob 40". */
export function open(round: number, guesses: readonly string[], last = ""): RoomView {
  const seen = guesses.map(seenGuess);
  const base = { ...NO_ROOM, round, open: true, target: 50, by: "alice" };
  return { ...base, guessCount: seen.length, guesses: seen, lastClosed: closedRound(last) };
}

/** `last` as "1 bob 40": round 1 went to bob with 40. */
export function closed(last: string): RoomView {
  const lastClosed = closedRound(last);
  const { round = 0, winner: by = "", guess: value = 0 } = lastClosed ?? {};
  return { ...NO_ROOM, round, target: value, by, lastClosed };
}

export function historyOf(rows: readonly Row[]): Operation[] {
  return rows.map(([client, invokedAtMs, returnedAtMs, call, result], index) => {
    const player = call.type === "read" ? "" : client;
    const requestId = `r${index + 1}`;
    const sent = { client, room: "lobby", player, requestId, call, invokedAtMs };
    if (result === undefined || returnedAtMs === undefined) return sent;
    return { ...sent, returnedAtMs, result };
  });
}

function zxidAt(place: string): bigint {
  const zxid = parseZxid(place);
  if (zxid === undefined) throw new Error(`${place} is no zxid`);
  return zxid;
}

function seenGuess(words: string): { player: string; value: number } {
  const [player = "", value] = words.split(" ");
  return { player, value: Number(value) };
}

function closedRound(words: string): RoomView["lastClosed"] {
  if (words === "") return undefined;
  const [round, winner = "", value] = words.split(" ");
  return { round: Number(round), winner, guess: Number(value) };
}
