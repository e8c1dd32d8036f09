/**
 * Reads of a WatchResponse only which transactions it holds. It is generated code's work, done by
 * hand: a process that reads a hundred thousand messages a second beside the gateway that it
 * measures must cost next to nothing.
 */

import { TransactionSchema } from "../gen/zabble/v1/event_pb.js";
import { CommittedSchema, SnapshotSchema, WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";

export interface WatchBytesEars {
  /** All places are zxids as plain numbers. */
  onSnapshot(place: number): void;
  onTransaction(place: number): void;
  /** Everything up to here was seen. */
  onSeen(place: number): void;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const EPOCH_SCALE = 2 ** 32;

const { snapshot, committed } = WatchResponseSchema.field;
const { transactions } = CommittedSchema.field;
const COMMITTED_ZXID = CommittedSchema.field.zxid.number;
const SNAPSHOT_ZXID = SnapshotSchema.field.zxid.number;
const EPOCH = TransactionSchema.field.epoch.number;
const COUNTER = TransactionSchema.field.counter.number;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** A status tells nothing here. */
export function readWatchBytes(bytes: Uint8Array, ears: WatchBytesEars): void {
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = varint(cursor);
    const field = tag >> 3;
    if (field === snapshot.number) ears.onSnapshot(readSnapshot(cursor, endOf(cursor)));
    else if (field === committed.number) readCommitted(cursor, endOf(cursor), ears);
    else skip(cursor, tag & 7);
  }
}

function readSnapshot(cursor: Cursor, end: number): number {
  let place = 0;
  while (cursor.at < end) {
    const tag = varint(cursor);
    if (tag >> 3 === SNAPSHOT_ZXID) place = varint(cursor);
    else skip(cursor, tag & 7);
  }
  return place;
}

function readCommitted(cursor: Cursor, end: number, ears: WatchBytesEars): void {
  while (cursor.at < end) {
    const tag = varint(cursor);
    if (tag >> 3 === transactions.number) ears.onTransaction(readPlace(cursor, endOf(cursor)));
    else if (tag >> 3 === COMMITTED_ZXID) ears.onSeen(varint(cursor));
    else skip(cursor, tag & 7);
  }
}

/** Of a transaction; a counter of 0 is not on the wire. */
function readPlace(cursor: Cursor, end: number): number {
  let epoch = 0;
  let counter = 0;
  while (cursor.at < end) {
    const tag = varint(cursor);
    if (tag >> 3 === EPOCH) epoch = varint(cursor);
    else if (tag >> 3 === COUNTER) counter = varint(cursor);
    // Fields come in the order of their numbers: nothing that follows is wanted.
    else cursor.at = end;
  }
  return epoch * EPOCH_SCALE + counter;
}

function endOf(cursor: Cursor): number {
  const length = varint(cursor);
  return cursor.at + length;
}

function skip(cursor: Cursor, wireType: number): void {
  if (wireType === VARINT) varint(cursor);
  else if (wireType === LENGTH_DELIMITED) cursor.at = endOf(cursor);
  else cursor.at += wireType === FIXED64 ? 8 : 4;
}

function varint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}
