/**
 * Records in full what the simulated clients ask and are told, for the checker that looks at
 * nothing else (checkers/linearizability.ts). One operation a command, whatever its attempts.
 */
import type { AppliedState, Outcome } from "../../api/replica.js";
import type { Command } from "../../game/command.js";
import type { Call, Operation, Result } from "../history/operation.js";
import { viewOfRoom } from "../history/room-view.js";

/** The rooms that most is played in. */
export const ROOMS = ["lobby", "attic"] as const;

/** The player is the client: it waits for one answer before it asks for more. */
export function sentCommand(command: Command, nowMs: number): Operation {
  const { player, requestId, room } = command;
  return { client: player, room, player, requestId, call: callOf(command), invokedAtMs: nowMs };
}

/** The first answer counts. */
export function answered(operation: Operation, result: Result, nowMs: number): void {
  if (operation.result !== undefined) return;
  operation.returnedAtMs = nowMs;
  operation.result = result;
}

export function resultOf(outcome: Outcome): Result {
  if (!outcome.ok) return { type: "rejected", reason: outcome.refusal.reason };
  return { type: "committed", zxid: outcome.zxid, round: outcome.round };
}

export interface AskedRead {
  readonly client: string;
  readonly readId: string;
  readonly invokedAtMs: number;
  /** The rooms that are looked at. */
  readonly shown: readonly string[];
}

/** A linearizable read shows a whole state: it is a read of each room. */
export function readsOf(
  { zxid, rooms }: AppliedState,
  asked: AskedRead,
  nowMs: number,
): Operation[] {
  const { client, readId, invokedAtMs, shown } = asked;
  return shown.map((room) => ({
    client,
    room,
    player: "",
    requestId: readId,
    call: { type: "read" },
    invokedAtMs,
    returnedAtMs: nowMs,
    result: { type: "state", zxid, view: viewOfRoom(rooms.get(room)) },
  }));
}

function callOf(command: Command): Call {
  switch (command.type) {
    case "SetTarget":
      return { type: "setTarget", value: command.value };
    case "SubmitGuess":
      return { type: "guess", value: command.value };
    case "CloseRound":
      return { type: "close" };
  }
}
