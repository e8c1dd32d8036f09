/**
 * The door of the game: raw fields in, a well-formed Command or a Rejection out. It looks at the
 * command alone, never at the state (decide.ts does), so any node and any client may ask it.
 */
import type { Command } from "./command.js";
import { REQUEST_ID_LENGTH_MAX, VALUE_MAX, VALUE_MIN } from "./limits.js";
import { PLAYER_RULE, playerName, ROOM_RULE, roomName } from "./names.js";
import { quote } from "./quote.js";
import type { Rejection, RejectionReason } from "./rejection.js";

/** A command as it arrived; an absent text counts as empty. */
export interface RawCommand {
  readonly type: Command["type"];
  readonly room?: string | undefined;
  readonly player?: string | undefined;
  readonly value?: number | undefined;
  readonly requestId?: string | undefined;
}

export type CheckedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly rejection: Rejection };

const VALUE_RULE = `a whole number from ${VALUE_MIN} to ${VALUE_MAX}`;
const REQUEST_ID_RULE = `at most ${REQUEST_ID_LENGTH_MAX} printable ASCII characters`;
const REQUEST_ID = new RegExp(`^[ -~]{0,${REQUEST_ID_LENGTH_MAX}}$`);

/**
 * Names the first wrong field in the order room, player, value, request_id. The command that comes
 * out has the default room filled in and the player's name normalised; an empty request id passes.
 */
export function checkCommand(raw: RawCommand): CheckedCommand {
  const { type } = raw;
  const room = checkRoom(raw.room);
  if (!room.ok) return room;
  const player = playerName(raw.player ?? "");
  if (player === undefined) return refusePlayer(raw.player ?? "");
  const requestId = raw.requestId ?? "";
  if (type === "CloseRound") {
    if (!REQUEST_ID.test(requestId)) return refuseRequestId(requestId);
    return { ok: true, command: { type, room: room.name, player, requestId } };
  }
  const { value } = raw;
  if (value === undefined) {
    const message = `A value is missing: it must be ${VALUE_RULE}.`;
    return refuse("VALUE_REQUIRED", message, "value", VALUE_RULE);
  }
  if (!Number.isInteger(value) || value < VALUE_MIN || value > VALUE_MAX) {
    const message = `The value ${value} is not allowed: it must be ${VALUE_RULE}.`;
    return refuse("VALUE_OUT_OF_RANGE", message, "value", VALUE_RULE);
  }
  if (!REQUEST_ID.test(requestId)) return refuseRequestId(requestId);
  // Adding 0 turns -0 into 0: the log could not tell them apart, memory could.
  return { ok: true, command: { type, room: room.name, player, value: value + 0, requestId } };
}

/** The room's name for a read, by the same rule and in the same words as for a command. */
export function checkRoom(
  raw: string | undefined,
): { readonly ok: true; readonly name: string } | { ok: false; readonly rejection: Rejection } {
  const name = roomName(raw ?? "");
  if (name !== undefined) return { ok: true, name };
  const message = `The room ${quote(raw ?? "")} is not allowed: a room's name is ${ROOM_RULE}.`;
  return refuse("BAD_ROOM", message, "room", ROOM_RULE);
}

function refusePlayer(raw: string): Refused {
  const fault =
    raw === "" ? "A player's name is missing" : `The player ${quote(raw)} is not allowed`;
  const message = `${fault}: a name is ${PLAYER_RULE}.`;
  return refuse("BAD_PLAYER", message, "player", PLAYER_RULE);
}

function refuseRequestId(raw: string): Refused {
  const message = `The request id ${quote(raw)} is not allowed: it is ${REQUEST_ID_RULE}.`;
  return refuse("BAD_REQUEST_ID", message, "request_id", REQUEST_ID_RULE);
}

interface Refused {
  readonly ok: false;
  readonly rejection: Rejection;
}

function refuse(reason: RejectionReason, message: string, field: string, rule: string): Refused {
  return { ok: false, rejection: { reason, message, field, rule } };
}
