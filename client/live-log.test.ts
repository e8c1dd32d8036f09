// Proves that the live log holds the newest transactions and the state before them, bounded however
// long the stream is, and that a snapshot in the middle loses nothing that can still be shown.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Transaction } from "../game/transaction.js";
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import { extendLiveLog, liveLogOf, newestFirst, withEarlier } from "./live-log.js";
import { afterTransactions } from "./projection.js";

function targets(from: number, to: number): Transaction[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const number = from + index;
    const event = { type: "TargetSet", room: "lobby", round: number, value: 1, by: "a" } as const;
    const zxid = BigInt(number);
    return { zxid, prev: zxid - 1n, time: number, requestId: "", events: [event] };
  });
}

const empty = liveLogOf(create(SnapshotSchema), undefined);

test("the base and the transactions always make the state now", () => {
  let log = empty;
  for (let from = 1; from < 5000; from += 70) {
    const transactions = targets(from, from + 69);
    log = extendLiveLog(log, transactions, BigInt(from + 69));
    const last = log.transactions.at(-1)?.zxid ?? 0n;
    assert.deepEqual(afterTransactions(log.base, log.transactions, last).rooms, log.now.rooms);
    assert.ok(log.transactions.length <= 1500, `${log.transactions.length} are kept`);
  }
  assert.ok(log.transactions.length >= 1000);
});

test("the newest come first, older ones from before the snapshot after them", () => {
  const joined = liveLogOf(create(SnapshotSchema, { zxid: 5n }), undefined);
  const known = withEarlier(joined, targets(2, 7));
  assert.deepEqual(
    newestFirst(known, 10).map(({ zxid }) => zxid),
    [5n, 4n, 3n, 2n],
    "what the stream brings itself is not shown twice",
  );
});

test("after a snapshot in the middle of the stream what was seen before is still shown", () => {
  const seen = extendLiveLog(empty, targets(1, 3), 3n);
  const resynced = liveLogOf(create(SnapshotSchema, { zxid: 9n }), seen);
  assert.equal(resynced.now.zxid, 9n);
  assert.deepEqual(
    newestFirst(resynced, 2).map(({ zxid }) => zxid),
    [3n, 2n],
  );
});
