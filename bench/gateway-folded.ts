/**
 * The state that a watcher ends up with: its last snapshot and what came after it, folded as a
 * player's screen does. Used for a few watchers that were slow, so it may take its time.
 */
import { create, fromBinary, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  afterTransactions,
  emptyProjection,
  type Projection,
  projectionOf,
} from "../client/projection.js";
import type { Transaction } from "../game/transaction.js";
import { transactionFromMessage } from "../game/transaction-message.js";
import { roomToMessage } from "../game/view.js";
import { parseZxid } from "../game/zxid.js";
import {
  type Room,
  RoomSchema,
  SnapshotSchema,
  WatchResponseSchema,
} from "../gen/zabble/v1/game_pb.js";
import type { StreamKind } from "./gateway-streams.js";

/** A room as text; equal texts are equal rooms. */
export function roomText(room: Room | undefined): string {
  return room === undefined ? "no such room" : JSON.stringify(toJson(RoomSchema, room));
}

/** `messages` begin with a snapshot. */
export function foldedRoom(kind: StreamKind, messages: readonly Buffer[], name: string): string {
  const fold = kind === "h1" ? afterEvent : afterMessage;
  let projection = emptyProjection;
  for (const message of messages) projection = fold(projection, message);
  const room = projection.rooms.get(name);
  return roomText(room === undefined ? undefined : roomToMessage(room, name));
}

function afterMessage(before: Projection, bytes: Buffer): Projection {
  const { message } = fromBinary(WatchResponseSchema, bytes);
  if (message.case === "snapshot") return projectionOf(message.value);
  if (message.case !== "committed") return before;
  const { transactions, zxid } = message.value;
  return afterTransactions(before, transactions.map(transactionFromMessage), zxid);
}

const EVENT = /^event: (\w+)\nid: [\d.]+\ndata: (.*)$/s;

function afterEvent(before: Projection, event: Buffer): Projection {
  const [, name, data = ""] = EVENT.exec(event.toString()) ?? [];
  if (name === "snapshot") {
    const { rooms }: { rooms: JsonValue[] } = JSON.parse(data);
    const messages = rooms.map((room) => fromJson(RoomSchema, room));
    return projectionOf(create(SnapshotSchema, { rooms: messages }));
  }
  if (name !== "transaction") return before;
  const told: Omit<Transaction, "zxid" | "prev"> & { zxid: string } = JSON.parse(data);
  const zxid = parseZxid(told.zxid) ?? 0n;
  return afterTransactions(before, [{ ...told, zxid, prev: 0n }], zxid);
}
