// Proves what can be known of a room's past where the oldest segments of the log were deleted: it
// begins at the first target that is kept, and says so, also if they go while it is being read.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Room } from "../game/room.js";
import { epochOf, zxidOf } from "../game/zxid.js";
import { concerns, logOfEpochs, scriptedLog } from "./list-events.testing.js";
import {
  anyHistory,
  close,
  going,
  guess,
  guesses,
  newest,
  ROOM,
  readerOf,
  scanned,
  statesAfter,
  stretchAt,
  target,
} from "./past-reader.testing.js";
import { emptyProjection, type Projection } from "./projection.js";

test("without its beginning the log begins at the first target that is kept", async () => {
  const log = logOfEpochs([
    [target(50), guess(10), target(60), guess(61), guess(3), close()],
    [target(70), guess(71), target(80), guess(2)],
  ]);
  // Kept: (1, 5) guess 3, (1, 6) close, (2, 0), (2, 1) target 70 and so on.
  const kept = log.slice(5);
  const reader = readerOf(scriptedLog(kept, 2));
  await scanned(reader, newest(log));
  const stretch = await stretchAt(reader, { zxid: newest(log) }, 10);
  assert.equal(stretch.keptFrom, zxidOf(2, 1));
  assert.equal(stretch.firstOrdinal, 1);
  assert.equal(stretch.total, 4);
  assert.equal(stretch.before.zxid, zxidOf(2, 0));
  assert.deepEqual(stretch.before.leader, { epoch: 2, nodeId: "node1" });
  assert.deepEqual(stretch.transactions, log.slice(-4));
  const room = statesAfter(stretch.before, stretch.transactions).at(-1)?.rooms.get(ROOM);
  const whole = statesAfter(emptyProjection, log).at(-1)?.rooms.get(ROOM);
  assert.equal(room?.round, 4);
  assert.deepEqual(room, {
    ...whole,
    rounds: whole?.rounds.slice(2),
    scores: new Map([["eve", 1]]),
  });
});

test("a target that closes a forgotten round opens the next without it", async () => {
  const log = logOfEpochs([[target(50), guess(10), target(60), guess(61), target(70), guess(1)]]);
  const reader = readerOf(scriptedLog(log.slice(4)));
  await scanned(reader, newest(log));
  const stretch = await stretchAt(reader, { ordinal: 1 }, 10);
  assert.deepEqual(
    stretch.transactions.map(({ events }) => events.map(({ type }) => type)),
    [["TargetSet"], ["GuessSubmitted"]],
  );
  const room = statesAfter(stretch.before, stretch.transactions)[0]?.rooms.get(ROOM);
  assert.equal(room?.round, 3);
  assert.equal(room?.target, 70);
  assert.deepEqual(room?.rounds, []);
});

test("a room that was made after the cut is all there", async () => {
  const log = logOfEpochs([[target(1, "attic"), target(2, "attic"), target(50), guess(4)]]);
  const reader = readerOf(scriptedLog(log.slice(1)));
  await scanned(reader, newest(log));
  const stretch = await stretchAt(reader, { ordinal: 1 }, 10);
  assert.equal(stretch.before.rooms.size, 0);
  assert.equal(stretch.keptFrom, zxidOf(1, 3));
  assert.equal(stretch.transactions.length, 2);
});

test("a cut log without a target has nothing to show, until there is one", async () => {
  const log = logOfEpochs([[target(50), ...guesses(20), target(60), guess(9)]]);
  const reader = readerOf(scriptedLog(log.slice(5)));
  await scanned(reader, zxidOf(1, 12));
  const empty = await stretchAt(reader, { zxid: zxidOf(1, 9) }, 10);
  assert.deepEqual(empty.transactions, []);
  assert.equal(empty.total, 0);
  assert.equal(empty.keptFrom, zxidOf(1, 5));
  await scanned(reader, newest(log));
  assert.equal((await stretchAt(reader, { ordinal: 1 }, 10)).total, 2);
});

test("any cut of any history folds, to the same open round from its target on", async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, fc.nat(), fc.nat(), async (epochs, cut, place) => {
      const log = logOfEpochs(epochs);
      const from = 1 + (cut % Math.max(1, log.length - 1));
      const kept = log.slice(from);
      if (kept.length === 0) return;
      const reader = readerOf(scriptedLog(kept, 30));
      await scanned(reader, newest(log));
      const zxid = kept[place % kept.length]?.zxid ?? 0n;
      const cutAt = log[from - 1]?.zxid ?? 0n;
      const stretch = await stretchAt(reader, { zxid }, 15);
      assert.notEqual(stretch.keptFrom, undefined);
      const states = new Map(
        statesAfter(
          emptyProjection,
          log.filter((one) => concerns(one, ROOM)),
        ).map((state) => [state.zxid, state]),
      );
      for (const state of statesAfter(stretch.before, stretch.transactions)) {
        const whole = states.get(state.zxid);
        // Who leads the first epoch was said by its marker, which may be gone.
        if (epochOf(state.zxid) > epochOf(cutAt)) assert.deepEqual(state.leader, whole?.leader);
        assert.deepEqual(withoutScores(state), withoutScores(whole));
      }
    }),
    { numRuns: 100 },
  );
});

function withoutScores(state: Projection | undefined): Partial<Room> | undefined {
  const room = state?.rooms.get(ROOM);
  return room === undefined ? undefined : { ...room, rounds: [], scores: new Map() };
}

test("a log that loses its beginning between two scans is counted anew", async () => {
  const log = logOfEpochs([[target(50), ...guesses(20), target(60), guess(9), target(70)]]);
  const script = scriptedLog([...log]);
  const reader = readerOf(script);
  await scanned(reader, zxidOf(1, 10));
  script.log.splice(0, 15);
  await scanned(reader, newest(log));
  const stretch = await stretchAt(reader, { ordinal: 1 }, 10);
  assert.equal(stretch.keptFrom, zxidOf(1, 22));
  assert.equal(stretch.total, 3);
});

test("a log that was cut just behind what was read has no gap", async () => {
  const log = logOfEpochs([[target(50), ...guesses(20)], [guess(4)]]);
  for (const kept of [11, 21]) {
    const script = scriptedLog([...log]);
    const reader = readerOf(script);
    await scanned(reader, log[kept]?.zxid ?? 0n);
    script.log.splice(0, kept + 1);
    await scanned(reader, newest(log));
    // Only what is no longer there to be read again cannot be shown.
    const shown = await reader.stretch({ ordinal: 1 }, 2, going);
    assert.ok(!shown.ok && /gone/.test(shown.message));
  }
});

test("a stretch that can no longer be read is a reason to read anew", async () => {
  const log = logOfEpochs([[target(50), ...guesses(20), target(60), guess(9)]]);
  const script = scriptedLog([...log]);
  const reader = readerOf(script);
  await scanned(reader, newest(log));
  script.log.splice(0, 15);
  const gone = await reader.stretch({ ordinal: 3 }, 2, going);
  assert.ok(!gone.ok && /gone/.test(gone.message));
  await scanned(reader, newest(log));
  assert.equal((await stretchAt(reader, { ordinal: 1 }, 10)).keptFrom, zxidOf(1, 22));
});
