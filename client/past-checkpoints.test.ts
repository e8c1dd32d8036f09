// Proves that the checkpoints of a folded log stay within their bound however long it is, cover it
// evenly, and that each is found by zxid and by ordinal.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Transaction } from "../game/transaction.js";
import { zxidOf } from "../game/zxid.js";
import {
  CHECKPOINTS_MAX,
  checkpointAtOrdinal,
  checkpointAtZxid,
  cutLog,
  type FoldedLog,
  foldedOn,
  wholeLog,
} from "./past-checkpoints.js";

/** The n-th transaction is (1, n). */
function transactionsOf(from: number, to: number): Transaction[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const at = from + index;
    const leader = { type: "LeaderEstablished", epoch: 1, nodeId: `node${at}` } as const;
    const zxid = zxidOf(1, at);
    return { zxid, prev: zxid - 1n, time: at, requestId: "", events: [leader] };
  });
}

function folded(total: number): FoldedLog {
  let log = wholeLog("lobby");
  for (let from = 1; from <= total; from += 1000) {
    log = foldedOn(log, transactionsOf(from, Math.min(total, from + 999)));
  }
  return log;
}

test("there are never more than the bound, and never fewer than half of it once there were", () => {
  let log = wholeLog("lobby");
  let most = 0;
  for (let at = 1; at <= 300_000; at += 500) {
    log = foldedOn(log, transactionsOf(at, at + 499));
    most = Math.max(most, log.checkpoints.length);
    assert.ok(log.checkpoints.length <= CHECKPOINTS_MAX);
    if (log.total > 40_000) assert.ok(log.checkpoints.length >= CHECKPOINTS_MAX / 2);
  }
  assert.equal(most, CHECKPOINTS_MAX);
  assert.equal(log.total, 300_000);
});

test("they are evenly spaced from the beginning on, and hold what they say", () => {
  const { checkpoints, every } = folded(123_456);
  for (const [index, { ordinal, projection }] of checkpoints.entries()) {
    assert.equal(ordinal, index * every);
    assert.equal(projection.zxid, ordinal === 0 ? 0n : zxidOf(1, ordinal));
    assert.equal(projection.leader?.nodeId, ordinal === 0 ? undefined : `node${ordinal}`);
  }
});

test("the nearest one before a place is found, else the first", () => {
  const log = folded(10_000);
  const { every } = log;
  const ordinalAt = (zxid: bigint) => checkpointAtZxid(log, zxid)?.ordinal;
  assert.equal(ordinalAt(zxidOf(1, every)), every);
  assert.equal(ordinalAt(zxidOf(1, every - 1)), 0);
  assert.equal(ordinalAt(0n), 0);
  assert.equal(checkpointAtOrdinal(log, every * 3)?.ordinal, every * 3);
  assert.equal(checkpointAtOrdinal(log, every * 3 - 1)?.ordinal, every * 2);
  assert.equal(checkpointAtOrdinal(log, -1)?.ordinal, 0);
});

test("a cut log that shows no target has none, but knows who leads", () => {
  const log = foldedOn(cutLog("lobby", 7n), transactionsOf(8, 9));
  assert.equal(log.total, 0);
  assert.equal(log.keptFrom, 7n);
  assert.equal(checkpointAtZxid(log, 9n), undefined);
  assert.equal(checkpointAtOrdinal(log, 1), undefined);
  assert.equal(log.now.leader?.nodeId, "node9");
});
