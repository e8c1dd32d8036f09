/**
 * The rules: a well-formed command and the room it is about in, facts or a no out. Runs on the
 * leader only (decider.ts gives it the right room); what it decided is never decided again.
 */
import type { Command } from "./command.js";
import type { GameEvent } from "./event.js";
import { unreachable } from "./invariant-error.js";
import type { Rejection, RejectionReason } from "./rejection.js";
import type { Guess, OpenRoom, Room } from "./room.js";

export type Decision =
  | { readonly ok: true; readonly events: readonly GameEvent[] }
  | { readonly ok: false; readonly rejection: Rejection };

type CommandOf<Type extends Command["type"]> = Extract<Command, { readonly type: Type }>;

/** `room` is the command's own room, undefined if nobody ever set a target there. */
export function decide(command: Command, room: Room | undefined): Decision {
  switch (command.type) {
    case "SetTarget":
      return decideSetTarget(command, room);
    case "SubmitGuess":
      return decideSubmitGuess(command, room);
    case "CloseRound":
      return decideCloseRound(command, room);
    default:
      return unreachable(command);
  }
}

function decideSetTarget(command: CommandOf<"SetTarget">, room: Room | undefined): Decision {
  const targetSet: GameEvent = {
    type: "TargetSet",
    room: command.room,
    round: (room?.round ?? 0) + 1,
    value: command.value,
    by: command.player,
  };
  const closest = room?.status === "open" ? room.closest : undefined;
  if (room?.status !== "open" || closest === undefined) return { ok: true, events: [targetSet] };
  return { ok: true, events: [roundClosed(room, closest), targetSet] };
}

function decideSubmitGuess(command: CommandOf<"SubmitGuess">, room: Room | undefined): Decision {
  if (room === undefined) return refuseUnknownRoom(command.room);
  if (room.status === "closed") {
    const message =
      `Round ${room.round} of room "${room.name}" is closed: ` +
      "a guess needs an open round, which a new target opens.";
    return refuse("NO_OPEN_ROUND", message);
  }
  const guess: GameEvent = {
    type: "GuessSubmitted",
    room: command.room,
    round: room.round,
    player: command.player,
    value: command.value,
  };
  return { ok: true, events: [guess] };
}

function decideCloseRound(command: CommandOf<"CloseRound">, room: Room | undefined): Decision {
  if (room === undefined) return refuseUnknownRoom(command.room);
  if (room.status === "closed") {
    const message =
      `Round ${room.round} of room "${room.name}" is already closed: ` +
      "only an open round can be closed.";
    return refuse("NO_OPEN_ROUND", message);
  }
  if (room.closest === undefined) {
    const message =
      `Round ${room.round} of room "${room.name}" has no guess yet: ` +
      "a round needs at least one guess to be closed.";
    return refuse("NO_GUESS", message);
  }
  return { ok: true, events: [roundClosed(room, room.closest)] };
}

function roundClosed(room: OpenRoom, closest: Guess): GameEvent {
  return {
    type: "RoundClosed",
    room: room.name,
    round: room.round,
    winner: closest.player,
    guess: closest.value,
    distance: closest.distance,
  };
}

function refuseUnknownRoom(name: string): Decision {
  const message = `There is no room "${name}" yet: its first target brings it into being.`;
  return refuse("NO_SUCH_ROOM", message);
}

function refuse(reason: RejectionReason, message: string): Decision {
  return { ok: false, rejection: { reason, message } };
}
