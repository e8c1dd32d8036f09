// Proves that the gateway's bench notices what a watcher missed, saw twice, or saw of no log, that
// it measures lateness and gaps right, and that its own reading of a Watch agrees with the
// generated one.
import assert from "node:assert/strict";
import test from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { type WatchResponse, WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createTally, judge, longestGapMs, type Tally, usualGapMs } from "./gateway-tally.js";
import { readWatchBytes } from "./gateway-watch-bytes.js";

const LOG = {
  places: Float64Array.of(1, 2, 3, 4),
  issuedMs: Float64Array.of(Number.NaN, 100, 110, 120),
  answeredMs: Float64Array.of(Number.NaN, 102, 112, 122),
};

function tallyOf(from: number, deliveries: readonly (readonly [number, number])[]): Tally {
  const tally = { ...createTally(), from, snapshots: 1, messages: deliveries.length };
  for (const [place, atMs] of deliveries) {
    tally.places.push(place);
    tally.atMs.push(atMs);
  }
  return tally;
}

const WHOLE = tallyOf(1, [
  [2, 103],
  [3, 113],
  [4, 125],
]);

test("a watcher that was delivered all of the log since its snapshot", () => {
  const verdict = judge([WHOLE], LOG);
  assert.deepEqual([verdict.missed, verdict.repeated, verdict.foreign], [0, 0, 0]);
  assert.deepEqual(verdict.fromIssue, { p50Ms: 3, p99Ms: 5, maxMs: 5 });
  assert.deepEqual(verdict.fromAnswer, { p50Ms: 1, p99Ms: 3, maxMs: 3 });
});

test("the last watcher of each transaction is the slowest", () => {
  const slow = tallyOf(2, [
    [3, 150],
    [4, 151],
  ]);
  assert.equal(judge([WHOLE, slow], LOG).toLast.maxMs, 40);
  assert.equal(judge([slow, WHOLE], LOG).toLast.p50Ms, 31);
});

test("what is missing, in the middle and at the end, repeated or of no log", () => {
  const faults = (deliveries: readonly (readonly [number, number])[]): readonly number[] => {
    const { missed, repeated, foreign } = judge([tallyOf(1, deliveries)], LOG);
    return [missed, repeated, foreign];
  };
  assert.deepEqual(
    faults([
      [3, 113],
      [4, 125],
    ]),
    [1, 0, 0],
  );
  assert.deepEqual(faults([[2, 103]]), [2, 0, 0]);
  assert.deepEqual(
    faults([
      [2, 103],
      [2, 104],
      [3, 113],
      [4, 125],
    ]),
    [0, 1, 0],
  );
  assert.deepEqual(
    faults([
      [2, 103],
      [2.5, 104],
      [3, 113],
      [4, 125],
    ]),
    [0, 0, 1],
  );
});

test("gaps between deliveries, as far as they reach into the window", () => {
  const tally = tallyOf(0, [
    [1, 0],
    [2, 10],
    [3, 90],
    [4, 100],
    [5, 200],
    [6, 200],
    [7, 200],
    [8, 210],
  ]);
  assert.equal(longestGapMs(tally, 50, 60), 80, "it began before and ended after");
  assert.equal(longestGapMs(tally, 91, 95), 10);
  assert.equal(longestGapMs(tally, 91, 150), 100);
  assert.equal(usualGapMs(tally, 89, 300), 10, "what came together came once");
});

test("bytes are read as the messages say", () => {
  const heard: string[] = [];
  const read = (message: WatchResponse["message"]): string => {
    heard.length = 0;
    readWatchBytes(toBinary(WatchResponseSchema, create(WatchResponseSchema, { message })), {
      onSnapshot: (place) => heard.push(`snapshot ${place}`),
      onTransaction: (place) => heard.push(`transaction ${place}`),
      onSeen: (place) => heard.push(`seen ${place}`),
    });
    return heard.join(", ");
  };
  const full = create(WatchResponseSchema, {
    message: {
      case: "committed",
      value: {
        transactions: [
          { epoch: 3, counter: 0, prev: 7n, requestId: "", events: [] },
          { epoch: 3, counter: 300, prev: 3n << 32n, time: 5n, requestId: "r", events: [{}] },
        ],
        zxid: (3n << 32n) + 301n,
      },
    },
  });
  const scale = 3 * 2 ** 32;
  assert.equal(
    read(full.message),
    `transaction ${scale}, transaction ${scale + 300}, seen ${scale + 301}`,
  );
  const snapshot = create(WatchResponseSchema, {
    message: { case: "snapshot", value: { zxid: 1n << 32n, rooms: [{ name: "lobby" }] } },
  });
  assert.equal(read(snapshot.message), `snapshot ${2 ** 32}`);
  const status = create(WatchResponseSchema, { message: { case: "status", value: {} } });
  assert.equal(read(status.message), "");
});
