/**
 * What watchers are sent, encoded once for all of them. Binary streams get the shared bytes as an
 * unknown field of an otherwise empty WatchResponse: on the wire that is the same message, and the
 * library does not encode it again for each watcher. JSON streams get ordinary messages.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { roomToMessage } from "../game/view.js";
import { type NodeStatus, NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { TransactionSchema } from "../gen/zabble/v1/event_pb.js";
import {
  CommittedSchema,
  RoomSchema,
  SnapshotSchema,
  type WatchResponse,
  WatchResponseSchema,
} from "../gen/zabble/v1/game_pb.js";

/** Transactions that were applied together and concern one kind of watcher; never empty. */
export interface Burst {
  readonly transactions: readonly Transaction[];
  readonly first: bigint;
  readonly last: bigint;
}

/** Undefined for no transactions. */
export function burstOf(transactions: readonly Transaction[]): Burst | undefined {
  const first = transactions[0];
  const last = transactions.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return { transactions, first: first.zxid, last: last.zxid };
}

/** How watchers of one kind are told things; M is what their streams carry. */
export interface WatchEncoding<M> {
  snapshot(zxid: bigint, rooms: readonly Room[]): M;
  /** Several bursts become one message; `zxid` is how far the watcher has now seen. */
  committed(bursts: readonly Burst[], zxid: bigint): M;
  status(status: NodeStatus): M;
}

/** `contentType` is the request's; the answer comes in the same codec. */
export function watchEncodingFor(contentType: string | null): WatchEncoding<WatchResponse> {
  return contentType?.includes("json") === true ? jsonEncoding : binaryEncoding;
}

const jsonEncoding: WatchEncoding<WatchResponse> = {
  snapshot(zxid, rooms) {
    const value = create(SnapshotSchema, {
      zxid,
      rooms: rooms.map((room) => roomToMessage(room, room.name)),
    });
    return create(WatchResponseSchema, { message: { case: "snapshot", value } });
  },
  committed(bursts, zxid) {
    const transactions = bursts.flatMap((burst) => burst.transactions.map(transactionToMessage));
    const value = create(CommittedSchema, { transactions, zxid });
    return create(WatchResponseSchema, { message: { case: "committed", value } });
  },
  status(status) {
    return create(WatchResponseSchema, { message: { case: "status", value: status } });
  },
};

// Keyed by the object that was encoded, so the bytes live as long as someone may still send them.
const roomBytes = new WeakMap<Room, Uint8Array>();
const burstBytes = new WeakMap<Burst, Uint8Array>();
const statusBytes = new WeakMap<NodeStatus, Uint8Array>();

const { snapshot, committed, status } = WatchResponseSchema.field;

const binaryEncoding: WatchEncoding<WatchResponse> = {
  snapshot(zxid, rooms) {
    const writer = new BinaryWriter();
    writer.tag(SnapshotSchema.field.zxid.number, WireType.Varint).uint64(zxid);
    for (const room of rooms) {
      writer.tag(SnapshotSchema.field.rooms.number, WireType.LengthDelimited);
      writer.bytes(encodedOnce(roomBytes, room, encodeRoom));
    }
    return withField(snapshot.number, writer.finish());
  },
  committed(bursts, zxid) {
    // Encoded bursts can simply be joined: repeated fields add up.
    const writer = new BinaryWriter();
    for (const burst of bursts) writer.raw(encodedOnce(burstBytes, burst, encodeBurst));
    writer.tag(CommittedSchema.field.zxid.number, WireType.Varint).uint64(zxid);
    return withField(committed.number, writer.finish());
  },
  status(value) {
    return withField(status.number, encodedOnce(statusBytes, value, encodeStatus));
  },
};

function encodeRoom(room: Room): Uint8Array {
  return toBinary(RoomSchema, roomToMessage(room, room.name));
}

function encodeStatus(value: NodeStatus): Uint8Array {
  return toBinary(NodeStatusSchema, value);
}

/** The transactions field of a Committed message, without its zxid. */
function encodeBurst(burst: Burst): Uint8Array {
  const writer = new BinaryWriter();
  for (const transaction of burst.transactions) {
    writer.tag(CommittedSchema.field.transactions.number, WireType.LengthDelimited);
    writer.bytes(toBinary(TransactionSchema, transactionToMessage(transaction)));
  }
  return writer.finish();
}

/** What is in the cache for the value, or what `encode` makes of it now. */
export function encodedOnce<T extends WeakKey, M>(
  cache: WeakMap<T, M>,
  value: T,
  encode: (value: T) => M,
): M {
  const known = cache.get(value);
  if (known !== undefined) return known;
  const bytes = encode(value);
  cache.set(value, bytes);
  return bytes;
}

/** A WatchResponse whose only field is `bytes`, an encoded message of that field's type. */
function withField(no: number, bytes: Uint8Array): WatchResponse {
  const data = new BinaryWriter().bytes(bytes).finish();
  const response = create(WatchResponseSchema);
  response.$unknown = [{ no, wireType: WireType.LengthDelimited, data }];
  return response;
}
