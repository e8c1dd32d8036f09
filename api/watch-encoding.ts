/**
 * How watchers are told things: the kinds of messages, whatever they are encoded as, and those of
 * JSON streams. What is encoded once for all watchers is kept by the object that it was made of.
 */
import { create } from "@bufbuild/protobuf";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { roomToMessage } from "../game/view.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import {
  CommittedSchema,
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

const pieces = new WeakMap<Burst, readonly Burst[]>();

/** The burst in pieces of at most `max` transactions; always the same ones for one burst. */
export function inPieces(burst: Burst, max: number): readonly Burst[] {
  if (burst.transactions.length <= max) return [burst];
  return encodedOnce(pieces, burst, ({ transactions }) => {
    const cut: Burst[] = [];
    for (let start = 0; start < transactions.length; start += max) {
      const piece = burstOf(transactions.slice(start, start + max));
      if (piece !== undefined) cut.push(piece);
    }
    return cut;
  });
}

/** How watchers of one kind are told things; M is what their streams carry. */
export interface WatchEncoding<M> {
  snapshot(zxid: bigint, rooms: readonly Room[]): M;
  /** Several bursts become one message; `zxid` is how far the watcher has now seen. */
  committed(bursts: readonly Burst[], zxid: bigint): M;
  status(status: NodeStatus): M;
}

export const jsonMessages: WatchEncoding<WatchResponse> = {
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
