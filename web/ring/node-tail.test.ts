// Proves that a node's log tail ends where the node stands, newest first, and reaches back into
// what was seen before the snapshot.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveLog } from "../../client/live-log.js";
import { emptyProjection } from "../../client/projection.js";
import type { Transaction } from "../../game/transaction.js";
import { tailUpTo } from "./node-tail.js";

function transaction(zxid: number): Transaction {
  return { zxid: BigInt(zxid), prev: BigInt(zxid - 1), time: 0, requestId: "", events: [] };
}

const live: LiveLog = {
  base: emptyProjection,
  now: emptyProjection,
  earlier: [1, 2, 3].map(transaction),
  transactions: [4, 5, 6, 7, 8].map(transaction),
};

const zxids = (tail: readonly Transaction[]): number[] => tail.map(({ zxid }) => Number(zxid));

test("the newest come first and none is newer than the node's commit", () => {
  assert.deepEqual(zxids(tailUpTo(live, 7n, 3)), [7, 6, 5]);
});

test("a tail that begins before the snapshot goes on in what was seen earlier", () => {
  assert.deepEqual(zxids(tailUpTo(live, 5n, 4)), [5, 4, 3, 2]);
  assert.deepEqual(zxids(tailUpTo(live, 2n, 5)), [2, 1]);
});

test("nothing is known before the first snapshot", () => {
  assert.deepEqual(tailUpTo(undefined, 5n, 5), []);
});
