/**
 * What a fact changes. Runs wherever the log is read: on every node, in the gateway, on each
 * player's screen. It trusts the facts (who won was decided once, by the rules of that day) but not
 * their order: an event that cannot follow means that log and state no longer fit, and that is the
 * end.
 */
import type { GameEvent } from "./event.js";
import { InvariantError, unreachable } from "./invariant-error.js";
import {
  type ClosedRoom,
  closerGuess,
  type OpenRoom,
  type Room,
  withGuess,
  withRound,
  withWin,
} from "./room.js";

/** The transaction in which the event stands. */
export interface LogPlace {
  readonly zxid: bigint;
  /** Milliseconds since 1970, by the log. */
  readonly time: number;
}

/** An event about one room. */
export type RoomEvent = Exclude<GameEvent, { readonly type: "LeaderEstablished" }>;
type EventOf<Type extends GameEvent["type"]> = Extract<GameEvent, { readonly type: Type }>;

/**
 * The room after the event; `room` is the one the event names, undefined before its first target. A
 * change of leader touches no room. Throws InvariantError on an event that cannot follow.
 */
export function evolve(room: Room | undefined, event: RoomEvent, at: LogPlace): Room;
export function evolve(room: Room | undefined, event: GameEvent, at: LogPlace): Room | undefined;
export function evolve(room: Room | undefined, event: GameEvent, at: LogPlace): Room | undefined {
  switch (event.type) {
    case "LeaderEstablished":
      return room;
    case "TargetSet":
      return afterTargetSet(room, event, at);
    case "GuessSubmitted":
      return afterGuess(openRound(room, event), event, at);
    case "RoundClosed":
      return afterClose(openRound(room, event), event, at);
    default:
      return unreachable(event);
  }
}

function afterTargetSet(
  room: Room | undefined,
  event: EventOf<"TargetSet">,
  at: LogPlace,
): OpenRoom {
  if (room !== undefined && room.name !== event.room) throw cannotFollow(room, event);
  if (event.round !== (room?.round ?? 0) + 1) throw cannotFollow(room, event);
  // A round with guesses has a winner to be named first.
  if (room?.status === "open" && room.closest !== undefined) throw cannotFollow(room, event);
  return {
    status: "open",
    name: event.room,
    round: event.round,
    target: event.value,
    by: event.by,
    since: at.time,
    guesses: [],
    guessCount: 0,
    closest: undefined,
    rounds: room?.rounds ?? [],
    scores: room?.scores ?? new Map(),
  };
}

function afterGuess(room: OpenRoom, event: EventOf<"GuessSubmitted">, at: LogPlace): OpenRoom {
  const guess = {
    zxid: at.zxid,
    player: event.player,
    value: event.value,
    distance: Math.abs(event.value - room.target),
    time: at.time,
  };
  return {
    status: "open",
    name: room.name,
    round: room.round,
    target: room.target,
    by: room.by,
    since: room.since,
    guesses: withGuess(room.guesses, guess),
    guessCount: room.guessCount + 1,
    closest: closerGuess(room.closest, guess),
    rounds: room.rounds,
    scores: room.scores,
  };
}

function afterClose(room: OpenRoom, event: EventOf<"RoundClosed">, at: LogPlace): ClosedRoom {
  if (room.closest === undefined) throw cannotFollow(room, event);
  const { round, winner, guess, distance } = event;
  return {
    status: "closed",
    name: room.name,
    round,
    target: guess,
    by: winner,
    since: at.time,
    rounds: withRound(room.rounds, {
      round,
      target: room.target,
      winner,
      guess,
      distance,
      zxid: at.zxid,
    }),
    scores: withWin(room.scores, winner),
  };
}

/** The room, if the event's round is the one that is open in it. */
function openRound(
  room: Room | undefined,
  event: EventOf<"GuessSubmitted" | "RoundClosed">,
): OpenRoom {
  const fits = room?.status === "open" && room.round === event.round && room.name === event.room;
  if (!fits) throw cannotFollow(room, event);
  return room;
}

function cannotFollow(room: Room | undefined, event: GameEvent): InvariantError {
  const state =
    room === undefined
      ? "a room that does not exist"
      : `room "${room.name}" with round ${room.round} ${room.status}`;
  return new InvariantError(`${JSON.stringify(event)} cannot follow in ${state}`);
}
