// Proves that transactions are counted although events are a sample, that the counts are those of
// the last seconds, and what is said about how much is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { zxidOf } from "../../game/zxid.js";
import { type Counts, countsInWords, createTraceCounts, toldOf } from "./trace-counts.js";

const some: Counts = { proposals: 0, acks: 0, commits: 0, drawn: 0, leftOut: 0 };

test("the transactions between two events of a kind are counted, for each node by itself", () => {
  const counts = createTraceCounts();
  counts.saw("COMMIT", "node1", zxidOf(7, 10), 0);
  counts.saw("COMMIT", "node1", zxidOf(7, 22), 50);
  counts.saw("ACK", "node2", zxidOf(7, 10), 50);
  counts.saw("ACK", "node3", zxidOf(7, 10), 50);
  counts.saw("ACK", "node3", zxidOf(7, 12), 60);
  counts.saw("PROPOSE", "node1", zxidOf(7, 9), 70);
  assert.deepEqual(counts.lately(100), { ...some, commits: 13, acks: 4, proposals: 1 });
  assert.equal(counts.newest("ACK", "node3"), zxidOf(7, 12));
  assert.equal(counts.newest("ACK", "node9"), undefined);
});

test("an event that is overtaken by a newer one counts nothing", () => {
  const counts = createTraceCounts();
  counts.saw("ACK", "node2", zxidOf(7, 10), 0);
  counts.saw("ACK", "node2", zxidOf(7, 10), 1);
  counts.saw("ACK", "node2", zxidOf(7, 8), 2);
  assert.equal(counts.lately(10).acks, 1);
});

test("in a new epoch its own transactions count, without its marker", () => {
  const counts = createTraceCounts();
  counts.saw("ACK", "node2", zxidOf(7, 900), 0);
  counts.saw("ACK", "node2", zxidOf(8, 0), 1);
  counts.saw("ACK", "node2", zxidOf(8, 3), 2);
  assert.equal(counts.lately(10).acks, 4);
});

test("what passed while nobody looked is not counted as of now", () => {
  const counts = createTraceCounts();
  counts.saw("COMMIT", "node1", zxidOf(7, 10), 0);
  counts.saw("COMMIT", "node1", zxidOf(7, 9000), 60_000);
  assert.equal(counts.lately(60_000).commits, 1);
});

test("counts are those of the last five seconds", () => {
  const counts = createTraceCounts();
  for (let second = 0; second < 100; second++) {
    counts.saw("COMMIT", "node1", zxidOf(7, second + 1), second * 1000);
    counts.drew(second * 1000);
    counts.leftOut(2n, second * 1000);
  }
  assert.deepEqual(counts.lately(99_500), { ...some, commits: 5, drawn: 5, leftOut: 10 });
  assert.deepEqual(counts.lately(102_500), { ...some, commits: 2, drawn: 2, leftOut: 4 });
  assert.deepEqual(counts.lately(104_500), some);
});

test("how much is drawn is said as it is", () => {
  const told = (commits: number, drawn: number, leftOut = 0): string =>
    toldOf({ ...some, commits, drawn, leftOut });
  assert.equal(told(0, 0), "no commit in the last 5 s");
  assert.equal(told(12, 12), "every commit is drawn");
  assert.equal(told(12, 12, 7), "every commit is drawn, 7 other events are not");
  assert.equal(told(12, 1), "1 of 12 commits is drawn");
  assert.equal(told(240, 20), "1 of 12 commits is drawn");
  assert.equal(told(12, 9), "9 of 12 commits are drawn");
  assert.equal(told(12, 0), "none of 12 commits is drawn");
  assert.equal(told(1, 0), "none of 1 commit is drawn");
});

test("without motion the numbers are said", () => {
  assert.equal(
    countsInWords({ ...some, proposals: 12, acks: 48, commits: 12 }),
    "proposals 12, acks 48, commits 12 in the last 5 s",
  );
});
