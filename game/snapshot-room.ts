/**
 * One room as lines of a snapshot: first the room itself, then its closest guess, its guesses, its
 * closed rounds and its scores. Only snapshot.ts reads and writes these.
 */
import { textOf, timeOf, uint32Of, uint64Of, unreadable } from "./read-json.js";
import type { Guess, OpenRoom, Room, Round } from "./room.js";

/** A tag and its values; one line of JSON. */
export type Line = readonly (string | number)[];

/** The same room always gives the same lines, however its map of scores was built. */
export function* roomLines(room: Room): Generator<Line> {
  const { name, status, round, target, by, since } = room;
  yield ["room", name, status, round, target, by, since];
  if (room.status === "open") {
    yield ["count", room.guessCount];
    if (room.closest !== undefined) yield guessLine("closest", room.closest);
    for (const guess of room.guesses) yield guessLine("guess", guess);
  }
  for (const closed of room.rounds) {
    const { round, target, winner, guess, distance, zxid } = closed;
    yield ["round", round, target, winner, guess, distance, zxid.toString()];
  }
  for (const player of [...room.scores.keys()].sort()) {
    yield ["score", player, room.scores.get(player) ?? 0];
  }
}

/** Builds one room from its lines. */
export interface RoomReader {
  /** False if the line does not belong to a room; throws if it is one and damaged. */
  read(tag: unknown, values: readonly unknown[]): boolean;
  finish(): Room;
}

/** `values` are those of the room's first line. */
export function createRoomReader(values: readonly unknown[]): RoomReader {
  const [name, status, round, target, by, since] = values;
  const guesses: Guess[] = [];
  const rounds: Round[] = [];
  const scores = new Map<string, number>();
  let guessCount = 0;
  let closest: Guess | undefined;
  const shared = {
    name: textOf(name),
    round: uint32Of(round),
    target: uint32Of(target),
    by: textOf(by),
    since: timeOf(since),
    rounds,
    scores,
  };
  return {
    read(tag, values) {
      if (tag === "count") guessCount = uint32Of(values[0]);
      else if (tag === "closest") closest = readGuess(values);
      else if (tag === "guess") guesses.push(readGuess(values));
      else if (tag === "round") rounds.push(readRound(values));
      else if (tag === "score") scores.set(textOf(values[0]), uint32Of(values[1]));
      else return false;
      return true;
    },
    finish() {
      if (status === "closed") return { status, ...shared };
      if (status !== "open") throw unreadable("open or closed", status);
      const open: OpenRoom = { status, ...shared, guesses, guessCount, closest };
      return open;
    },
  };
}

function guessLine(tag: string, { zxid, player, value, distance, time }: Guess): Line {
  return [tag, zxid.toString(), player, value, distance, time];
}

function readGuess(values: readonly unknown[]): Guess {
  const [zxid, player, value, distance, time] = values;
  return {
    zxid: uint64Of(zxid),
    player: textOf(player),
    value: uint32Of(value),
    distance: uint32Of(distance),
    time: timeOf(time),
  };
}

function readRound(values: readonly unknown[]): Round {
  const [round, target, winner, guess, distance, zxid] = values;
  return {
    round: uint32Of(round),
    target: uint32Of(target),
    winner: textOf(winner),
    guess: uint32Of(guess),
    distance: uint32Of(distance),
    zxid: uint64Of(zxid),
  };
}
