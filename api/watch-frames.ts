/**
 * What watchers of binary streams are sent: whole frames as they are on the wire of Connect, gRPC
 * and gRPC-web alike (a flag, a length, one WatchResponse), encoded once for all watchers.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Room } from "../game/room.js";
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
import { type Burst, encodedOnce, type WatchEncoding } from "./watch-encoding.js";

/** One flag byte, 0 for an ordinary message that is not compressed, and four of length. */
const PREFIX_BYTES = 5;

// Keyed by the object that was encoded, so the bytes live as long as someone may still send them.
const roomBytes = new WeakMap<Room, Uint8Array>();
const burstBytes = new WeakMap<Burst, Uint8Array>();
const burstFrames = new WeakMap<Burst, { readonly zxid: bigint; readonly frame: Uint8Array }>();
const statusFrames = new WeakMap<NodeStatus, Uint8Array>();

const { snapshot, committed, status } = WatchResponseSchema.field;

export const binaryFrames: WatchEncoding<Uint8Array> = {
  snapshot(zxid, rooms) {
    const writer = new BinaryWriter();
    writer.tag(SnapshotSchema.field.zxid.number, WireType.Varint).uint64(zxid);
    for (const room of rooms) {
      writer.tag(SnapshotSchema.field.rooms.number, WireType.LengthDelimited);
      writer.bytes(encodedOnce(roomBytes, room, encodeRoom));
    }
    return frameOf(snapshot.number, writer.finish());
  },
  committed(bursts, zxid) {
    const [only] = bursts;
    if (only === undefined || bursts.length > 1) return encodeCommitted(bursts, zxid);
    // Whoever keeps up is sent the very same bytes as all others who do.
    const known = burstFrames.get(only);
    if (known?.zxid === zxid) return known.frame;
    const frame = encodeCommitted(bursts, zxid);
    burstFrames.set(only, { zxid, frame });
    return frame;
  },
  status: (value) => encodedOnce(statusFrames, value, encodeStatus),
};

/**
 * The frame's message, for whoever makes frames of messages: its only field is the encoded one,
 * which on the wire is the same message.
 */
export function messageOfFrame(frame: Uint8Array): WatchResponse {
  const response = create(WatchResponseSchema);
  const [tag = 0] = frame.subarray(PREFIX_BYTES);
  const data = frame.subarray(PREFIX_BYTES + 1);
  response.$unknown = [{ no: tag >> 3, wireType: WireType.LengthDelimited, data }];
  return response;
}

function encodeRoom(room: Room): Uint8Array {
  return toBinary(RoomSchema, roomToMessage(room, room.name));
}

function encodeStatus(value: NodeStatus): Uint8Array {
  return frameOf(status.number, toBinary(NodeStatusSchema, value));
}

function encodeCommitted(bursts: readonly Burst[], zxid: bigint): Uint8Array {
  // Encoded bursts can simply be joined: repeated fields add up.
  const writer = new BinaryWriter();
  for (const burst of bursts) writer.raw(encodedOnce(burstBytes, burst, encodeBurst));
  writer.tag(CommittedSchema.field.zxid.number, WireType.Varint).uint64(zxid);
  return frameOf(committed.number, writer.finish());
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

/** A WatchResponse whose only field is `bytes`, an encoded message of that field's type. */
function frameOf(no: number, bytes: Uint8Array): Uint8Array {
  const message = new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(bytes).finish();
  const frame = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
