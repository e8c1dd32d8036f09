/**
 * What the outside sees of the game: rooms as generated messages, back again for clients that fold
 * the committed stream on from a Snapshot, and events in words.
 */
import { create } from "@bufbuild/protobuf";
import {
  type Guess as GuessMessage,
  GuessSchema,
  type Room as RoomMessage,
  RoomSchema,
  type RoomSummary,
  RoomSummarySchema,
} from "../gen/zabble/v1/game_pb.js";
import type { GameEvent } from "./event.js";
import { InvariantError, unreachable } from "./invariant-error.js";
import type { Guess, Room } from "./room.js";

export interface Score {
  readonly player: string;
  readonly won: number;
}

/** Most rounds won first, then by name in code unit order. */
export function sortedScores(scores: ReadonlyMap<string, number>): Score[] {
  return [...scores]
    .map(([player, won]) => ({ player, won }))
    .sort((one, other) => other.won - one.won || (one.player < other.player ? -1 : 1));
}

/** A room that does not exist is an empty message with its name and round 0. */
export function roomToMessage(room: Room | undefined, name: string): RoomMessage {
  if (room === undefined) return create(RoomSchema, { name });
  const message = create(RoomSchema, {
    name: room.name,
    round: room.round,
    open: room.status === "open",
    target: room.target,
    by: room.by,
    since: BigInt(room.since),
    rounds: room.rounds.map((round) => ({ ...round })),
    scores: sortedScores(room.scores),
  });
  if (room.status === "open") {
    message.guesses = room.guesses.map(guessToMessage);
    message.guessCount = room.guessCount;
    if (room.closest !== undefined) message.closest = guessToMessage(room.closest);
  }
  return message;
}

/**
 * The room to fold on from; undefined for one that does not exist. Throws InvariantError on guesses
 * without a closest one.
 */
export function roomFromMessage(message: RoomMessage): Room | undefined {
  if (message.round === 0) return undefined;
  const shared = {
    name: message.name,
    round: message.round,
    target: message.target,
    by: message.by,
    since: Number(message.since),
    rounds: message.rounds.map(({ round, target, winner, guess, distance, zxid }) => ({
      round,
      target,
      winner,
      guess,
      distance,
      zxid,
    })),
    scores: new Map(message.scores.map(({ player, won }) => [player, won])),
  };
  if (!message.open) return { status: "closed", ...shared };
  const guesses = message.guesses.map(guessFromMessage);
  const closest = message.closest === undefined ? undefined : guessFromMessage(message.closest);
  if ((closest === undefined) !== (guesses.length === 0)) {
    throw new InvariantError(`room "${message.name}": guesses and the closest one do not agree`);
  }
  return { status: "open", ...shared, guesses, guessCount: message.guessCount, closest };
}

export function roomSummary(room: Room): RoomSummary {
  return create(RoomSummarySchema, {
    name: room.name,
    round: room.round,
    open: room.status === "open",
    target: room.target,
    guesses: room.status === "open" ? room.guessCount : 0,
  });
}

/** Without the room's name and without a full stop, e.g. "alice guessed 52". */
export function eventInWords(event: GameEvent): string {
  switch (event.type) {
    case "LeaderEstablished":
      return `${event.nodeId} leads epoch ${event.epoch}`;
    case "TargetSet":
      return `${event.by} set the target of round ${event.round} to ${event.value}`;
    case "GuessSubmitted":
      return `${event.player} guessed ${event.value}`;
    case "RoundClosed": {
      const miss = missInWords(event.distance);
      return `round ${event.round} went to ${event.winner} (${event.guess}, ${miss})`;
    }
    default:
      return unreachable(event);
  }
}

/** "exact" or "off by 7". */
export function missInWords(distance: number): string {
  return distance === 0 ? "exact" : `off by ${distance}`;
}

function guessToMessage({ zxid, player, value, distance, time }: Guess): GuessMessage {
  return create(GuessSchema, { zxid, player, value, distance, time: BigInt(time) });
}

function guessFromMessage({ zxid, player, value, distance, time }: GuessMessage): Guess {
  return { zxid, player, value, distance, time: Number(time) };
}
