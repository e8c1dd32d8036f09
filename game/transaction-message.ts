/**
 * Transactions as generated protobuf messages, for streams to clients and for reading them there.
 * Not on the way of a write: transaction.ts has the text form for that.
 */
import { create } from "@bufbuild/protobuf";
import {
  type Event as EventMessage,
  EventSchema,
  type Transaction as TransactionMessage,
  TransactionSchema,
} from "../gen/zabble/v1/event_pb.js";
import type { GameEvent } from "./event.js";
import { InvariantError, unreachable } from "./invariant-error.js";
import type { Transaction } from "./transaction.js";
import { counterOf, epochOf, formatZxid, zxidOf } from "./zxid.js";

export function transactionToMessage(transaction: Transaction): TransactionMessage {
  return create(TransactionSchema, {
    epoch: epochOf(transaction.zxid),
    counter: counterOf(transaction.zxid),
    prev: transaction.prev,
    time: BigInt(transaction.time),
    requestId: transaction.requestId,
    events: transaction.events.map(eventToMessage),
  });
}

/** Throws InvariantError on an event of a kind that this program does not know. */
export function transactionFromMessage(message: TransactionMessage): Transaction {
  const zxid = zxidOf(message.epoch, message.counter);
  return {
    zxid,
    prev: message.prev,
    time: Number(message.time),
    requestId: message.requestId,
    events: message.events.map((event) => eventFromMessage(event, zxid)),
  };
}

function eventToMessage(event: GameEvent): EventMessage {
  switch (event.type) {
    case "LeaderEstablished": {
      const { epoch, nodeId } = event;
      const kind = { case: "leaderEstablished" as const, value: { epoch, nodeId } };
      return create(EventSchema, { kind });
    }
    case "TargetSet": {
      const { room, round, value, by } = event;
      const kind = { case: "targetSet" as const, value: { room, round, value, by } };
      return create(EventSchema, { kind });
    }
    case "GuessSubmitted": {
      const { room, round, player, value } = event;
      const kind = { case: "guessSubmitted" as const, value: { room, round, player, value } };
      return create(EventSchema, { kind });
    }
    case "RoundClosed": {
      const { room, round, winner, guess, distance } = event;
      const value = { room, round, winner, guess, distance };
      return create(EventSchema, { kind: { case: "roundClosed", value } });
    }
    default:
      return unreachable(event);
  }
}

function eventFromMessage({ kind }: EventMessage, zxid: bigint): GameEvent {
  switch (kind.case) {
    case "leaderEstablished": {
      const { epoch, nodeId } = kind.value;
      return { type: "LeaderEstablished", epoch, nodeId };
    }
    case "targetSet": {
      const { room, round, value, by } = kind.value;
      return { type: "TargetSet", room, round, value, by };
    }
    case "guessSubmitted": {
      const { room, round, player, value } = kind.value;
      return { type: "GuessSubmitted", room, round, player, value };
    }
    case "roundClosed": {
      const { room, round, winner, guess, distance } = kind.value;
      return { type: "RoundClosed", room, round, winner, guess, distance };
    }
    case undefined:
      throw new InvariantError(`transaction ${formatZxid(zxid)} holds an event of unknown kind`);
    default:
      return unreachable(kind);
  }
}
