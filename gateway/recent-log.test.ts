// Proves that the log of a gateway hands out what came after a zxid without a gap, and knows how
// far back it reaches.
import assert from "node:assert/strict";
import test from "node:test";
import type { Transaction } from "../game/transaction.js";
import { createRecentLog } from "./recent-log.js";

function entries(from: number, to: number): Transaction[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const zxid = BigInt(from + index);
    return { zxid, prev: zxid - 1n, time: 0, requestId: "", events: [] };
  });
}

test("everything after a zxid is there, up to the limit, as far as the log reaches", () => {
  const log = createRecentLog(8);
  log.reset(10n);
  log.push(entries(11, 14));
  const zxids = (after: bigint, limit?: number) => log.after(after, limit)?.map(({ zxid }) => zxid);
  assert.deepEqual(zxids(10n), [11n, 12n, 13n, 14n]);
  assert.deepEqual(zxids(12n, 1), [13n]);
  assert.deepEqual(zxids(14n), []);
  assert.deepEqual(zxids(99n), []);
  assert.equal(zxids(9n), undefined, "before the snapshot");
});

test("it is bounded, and says what it no longer holds", () => {
  const log = createRecentLog(8);
  for (let from = 1; from < 100; from += 3) {
    log.push(entries(from, from + 2));
    const kept = log.after(BigInt(from + 2) - 8n);
    if (from > 9) assert.equal(kept?.length, 8, `after ${from}`);
    assert.ok((log.after(0n)?.length ?? 0) <= 10);
  }
  assert.equal(log.after(50n), undefined);
});
