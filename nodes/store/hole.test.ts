// Proves what a sound log answers to a node with a hole: what is wanted and no more, in pieces of
// a bounded size, and which of the two reasons there are for having nothing.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry } from "../zab/entry.js";
import { zxidOf } from "../zab/zxid.js";
import { heldOf } from "./hole.js";
import { chain, range } from "./store.testing.js";

const LOG = chain(range(1, 0, 9));

/** Asks a log for what follows its entry at that place, up to a counter. */
function held(log: readonly Entry[], place: number, below: number, oldest = 0n) {
  const { zxid, crc } = log[place] ?? assert.fail(`no entry ${place}`);
  const want = { after: { zxid, crc }, below: zxidOf(1, below) };
  return heldOf(
    want,
    log.filter((entry) => entry.zxid > zxid),
    oldest,
  );
}

test("what is wanted is given, up to the place behind the hole", () => {
  assert.deepEqual(held(LOG, 2, 6), { entries: LOG.slice(3, 6), lack: undefined });
});

test("one answer is of bounded size, but holds at least one entry", () => {
  const large = chain(range(1, 0, 5), undefined, "x".repeat(400_000));
  assert.equal(held(large, 0, 9).entries.length, 2);
  const huge = chain(range(1, 0, 5), undefined, "x".repeat(4_000_000));
  assert.equal(held(huge, 0, 9).entries.length, 1);
});

test("what a log has no more is gone, and what it never had it says so", () => {
  assert.deepEqual(held(LOG, 9, 20), { entries: [], lack: "never" });
  const rest = LOG.slice(5);
  const { zxid, crc } = LOG[2] ?? assert.fail();
  const want = { after: { zxid, crc }, below: zxidOf(1, 9) };
  assert.deepEqual(heldOf(want, rest, rest[0]?.zxid ?? 0n), { entries: [], lack: "gone" });
  // A log that was begun anew with a snapshot and has no entry after it yet.
  assert.deepEqual(heldOf(want, [], zxid), { entries: [], lack: "never" });
  const other = { after: { zxid, crc: (crc ^ 1) >>> 0 }, below: zxidOf(1, 9) };
  assert.deepEqual(heldOf(other, LOG.slice(3), 0n), { entries: [], lack: "never" });
});
