/**
 * The log entry, and its one text form: what the leader broadcasts, every node stores as it came
 * and people read with jq. The text is protobuf's JSON form of zabble.v1.Transaction, but made and
 * read by hand: this is on the way of every write, where the protobuf runtime would cost several
 * times as much (transaction-message.ts has the message for the other ways).
 */
import type { GameEvent } from "./event.js";
import { unreachable } from "./invariant-error.js";
import { fieldsOf, listOf, textOf, timeOf, uint32Of, uint64Of, unreadable } from "./read-json.js";
import { counterOf, epochOf, zxidOf } from "./zxid.js";

/** Everything that one command brought about, decided once. */
export interface Transaction {
  readonly zxid: bigint;
  /** The zxid of the entry just before it in the log; 0 for the first. */
  readonly prev: bigint;
  /** Milliseconds since 1970 by the leader's clock; never goes back in the log. */
  readonly time: number;
  /** The id of the command it answers; empty for what no client asked for. */
  readonly requestId: string;
  /** One or more, in order. */
  readonly events: readonly GameEvent[];
}

/** The same transaction always gives the same text. */
export function encodeTransaction(transaction: Transaction): string {
  return JSON.stringify({
    epoch: epochOf(transaction.zxid),
    counter: counterOf(transaction.zxid),
    prev: transaction.prev.toString(),
    time: transaction.time,
    requestId: transaction.requestId,
    events: transaction.events.map(eventToJson),
  });
}

/**
 * Throws on anything that encodeTransaction does not write: an unknown fact must not be skipped.
 */
export function decodeTransaction(text: string): Transaction {
  const fields = fieldsOf(JSON.parse(text), 6);
  const events = listOf(fields.events).map(readEvent);
  if (events.length === 0) throw unreadable("at least one event", text);
  return {
    zxid: zxidOf(uint32Of(fields.epoch), uint32Of(fields.counter)),
    prev: uint64Of(fields.prev),
    time: timeOf(fields.time),
    requestId: textOf(fields.requestId),
    events,
  };
}

function eventToJson(event: GameEvent): object {
  switch (event.type) {
    case "LeaderEstablished":
      return { leaderEstablished: { epoch: event.epoch, nodeId: event.nodeId } };
    case "TargetSet": {
      const { room, round, value, by } = event;
      return { targetSet: { room, round, value, by } };
    }
    case "GuessSubmitted": {
      const { room, round, player, value } = event;
      return { guessSubmitted: { room, round, player, value } };
    }
    case "RoundClosed": {
      const { room, round, winner, guess, distance } = event;
      return { roundClosed: { room, round, winner, guess, distance } };
    }
    default:
      return unreachable(event);
  }
}

function readEvent(json: unknown): GameEvent {
  const outer = fieldsOf(json, 1);
  if (outer.guessSubmitted !== undefined) {
    const { room, round, player, value } = fieldsOf(outer.guessSubmitted, 4);
    return {
      type: "GuessSubmitted",
      room: textOf(room),
      round: uint32Of(round),
      player: textOf(player),
      value: uint32Of(value),
    };
  }
  if (outer.targetSet !== undefined) {
    const { room, round, value, by } = fieldsOf(outer.targetSet, 4);
    return {
      type: "TargetSet",
      room: textOf(room),
      round: uint32Of(round),
      value: uint32Of(value),
      by: textOf(by),
    };
  }
  if (outer.roundClosed !== undefined) {
    const { room, round, winner, guess, distance } = fieldsOf(outer.roundClosed, 5);
    return {
      type: "RoundClosed",
      room: textOf(room),
      round: uint32Of(round),
      winner: textOf(winner),
      guess: uint32Of(guess),
      distance: uint32Of(distance),
    };
  }
  if (outer.leaderEstablished !== undefined) {
    const { epoch, nodeId } = fieldsOf(outer.leaderEstablished, 2);
    return { type: "LeaderEstablished", epoch: uint32Of(epoch), nodeId: textOf(nodeId) };
  }
  throw unreadable("a known event", json);
}
