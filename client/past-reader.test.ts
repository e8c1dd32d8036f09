// Proves that the past is what the log says: whatever stretch is asked for, folding it gives the
// states that a straight fold of the whole log gives, also over changes of leader and after
// failures in the middle. past-reader-cut.test.ts: where the beginning of the log is gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Transaction } from "../game/transaction.js";
import { zxidOf } from "../game/zxid.js";
import { createFastClock } from "./fast-clock.testing.js";
import { concerns, logOfEpochs, scriptedLog } from "./list-events.testing.js";
import type { PastStretch } from "./past-reader.js";
import {
  anyHistory,
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
import { deadServer, gameServer } from "./scripted-server.testing.js";
import { createZabbleClient } from "./zabble-client.js";

/** Checks a stretch against the states that the whole of the room's log led through. */
function checkStretch(
  stretch: PastStretch,
  own: readonly Transaction[],
  states: readonly Projection[],
  place: number,
  around: number,
): void {
  const from = Math.max(0, place - 1 - around);
  const to = Math.min(own.length, place + around);
  assert.deepEqual(stretch.transactions, own.slice(from, to));
  assert.equal(stretch.firstOrdinal, from + 1);
  assert.equal(stretch.total, own.length);
  assert.equal(stretch.reachesEnd, to === own.length);
  assert.equal(stretch.keptFrom, undefined);
  assert.deepEqual(stretch.before, states[from - 1] ?? emptyProjection);
  assert.deepEqual(statesAfter(stretch.before, stretch.transactions), states.slice(from, to));
}

test("any stretch of any history folds to what a straight fold gives", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyHistory,
      fc.array(fc.record({ place: fc.nat(), around: fc.nat({ max: 40 }), byZxid: fc.boolean() }), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.integer({ min: 1, max: 200 }),
      async (epochs, places, scanMax) => {
        const log = logOfEpochs(epochs);
        const own = log.filter((one) => concerns(one, ROOM));
        const states = statesAfter(emptyProjection, own);
        const reader = readerOf(scriptedLog(log, scanMax));
        await scanned(reader, newest(log));
        for (const { place, around, byZxid } of places) {
          const zxid = log[place % log.length]?.zxid ?? 0n;
          const ordinal = own.filter((one) => one.zxid <= zxid).length;
          const at = byZxid ? { zxid } : { ordinal };
          checkStretch(await stretchAt(reader, at, around), own, states, ordinal, around);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("places beyond either end are answered with that end", async () => {
  const log = logOfEpochs([[target(1), ...guesses(300)], guesses(30)]);
  const states = statesAfter(emptyProjection, log);
  const reader = readerOf(scriptedLog(log, 50));
  await scanned(reader, newest(log));
  for (const at of [{ zxid: 0n }, { ordinal: 0 }, { ordinal: -5 }]) {
    checkStretch(await stretchAt(reader, at, 7), log, states, 0, 7);
  }
  for (const at of [{ zxid: newest(log) + 1000n }, { ordinal: 10_000 }]) {
    checkStretch(await stretchAt(reader, at, 7), log, states, log.length, 7);
  }
  checkStretch(await stretchAt(reader, { ordinal: 150 }, 0), log, states, 150, 0);
  checkStretch(await stretchAt(reader, { ordinal: 150 }, 5000), log, states, 150, 5000);
});

test("a long history is read again from near the place, a page or two of it", async () => {
  const log = logOfEpochs([[target(50), ...guesses(50_000)]]);
  const script = scriptedLog(log);
  const reader = readerOf(script);
  const done = await scanned(reader, newest(log));
  assert.ok(done.length >= 50, `told of ${done.length} pages`);
  assert.deepEqual(
    done,
    done.toSorted((one, other) => one - other),
  );
  assert.ok(Math.abs((done[24] ?? 0) - 0.5) < 0.02, `half-way it said ${done[24]}`);
  assert.equal(done.at(-1), 1);
  const states = statesAfter(emptyProjection, log);
  // 25 800: what is wanted begins with the very transaction that a checkpoint ends with.
  for (const place of [49_990, 25_800, 1, 12_345]) {
    const calls = script.asked.length;
    checkStretch(await stretchAt(reader, { ordinal: place }, 200), log, states, place, 200);
    assert.ok(script.asked.length - calls <= 2, `${script.asked.length - calls} pages`);
  }
});

test("over epochs the progress never goes back", async () => {
  const log = logOfEpochs([[target(50), ...guesses(2500)], guesses(10), guesses(1800)]);
  const done = await scanned(readerOf(scriptedLog(log, 300)), newest(log));
  assert.deepEqual(
    done,
    done.toSorted((one, other) => one - other),
  );
  assert.ok(done.every((part) => part >= 0 && part <= 1));
});

test("it goes through the pages of a room in which nothing happens", async () => {
  const attic = Array.from({ length: 500 }, (_, index) => target(index % 101, "attic"));
  const log = logOfEpochs([[target(7), ...attic, guess(8)]]);
  const own = log.filter((one) => concerns(one, ROOM));
  const script = scriptedLog(log, 20);
  const reader = readerOf(script);
  await scanned(reader, newest(log));
  const states = statesAfter(emptyProjection, own);
  checkStretch(await stretchAt(reader, { zxid: zxidOf(1, 300) }, 5), own, states, 2, 5);
});

test("a scan reads no further than told, and the next one only what is new", async () => {
  const log = logOfEpochs([[target(50), ...guesses(99)], guesses(50)]);
  const script = scriptedLog(log);
  const reader = readerOf(script);
  await scanned(reader, zxidOf(1, 60));
  const early = await stretchAt(reader, { ordinal: 61 }, 2);
  assert.equal(early.total, 61);
  assert.equal(early.reachesEnd, true);
  assert.equal(early.transactions.at(-1)?.zxid, zxidOf(1, 60));
  await scanned(reader, newest(log));
  assert.deepEqual(
    script.asked.filter(({ afterZxid }) => afterZxid !== 0n),
    [{ room: ROOM, afterZxid: zxidOf(1, 60), limit: 1000 }],
  );
  const states = statesAfter(emptyProjection, log);
  checkStretch(await stretchAt(reader, { ordinal: 61 }, 2), log, states, 61, 2);
  const calls = script.asked.length;
  assert.deepEqual(await scanned(reader, newest(log)), [1]);
  assert.equal(script.asked.length, calls, "nothing new, nothing asked");
});

test("a scan that fails in the middle is resumed where it was", async () => {
  const log = logOfEpochs([[target(50), ...guesses(400)]]);
  const script = scriptedLog(log, 100);
  const reader = readerOf(script);
  script.answers = 2;
  const failed = await reader.scan(newest(log), () => {}, going);
  assert.deepEqual(failed, { ok: false, message: "no answer within 1 s" });
  const early = await reader.stretch({ ordinal: 1 }, 5, going);
  assert.ok(!early.ok && /not been read/.test(early.message));
  script.answers = 100;
  await scanned(reader, newest(log));
  assert.equal(script.asked[2]?.afterZxid, zxidOf(1, 199));
  const states = statesAfter(emptyProjection, log);
  script.answers = 0;
  const unread = await reader.stretch({ ordinal: 300 }, 5, going);
  assert.deepEqual(unread, { ok: false, message: "no answer within 1 s" });
  script.answers = 100;
  checkStretch(await stretchAt(reader, { ordinal: 300 }, 5), log, states, 300, 5);
});

test("of two scans at once the slower one takes nothing back", async () => {
  const log = logOfEpochs([[target(50), ...guesses(400)]]);
  const script = scriptedLog(log, 30);
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reader = readerOf({
    async listEvents(query) {
      const isSecond = script.asked.length === 1;
      const outcome = await script.listEvents(query);
      if (isSecond) await held;
      return outcome;
    },
  });
  const fast = scanned(reader, newest(log));
  const slow = scanned(reader, zxidOf(1, 200));
  await fast;
  release();
  await slow;
  const states = statesAfter(emptyProjection, log);
  checkStretch(await stretchAt(reader, { ordinal: 222 }, 5), log, states, 222, 5);
});

test("whoever left is not read for any longer", async () => {
  const log = logOfEpochs([[target(50), ...guesses(400)]]);
  const script = scriptedLog(log, 100);
  const reader = readerOf(script);
  const stop = new AbortController();
  const end = await reader.scan(newest(log), () => stop.abort(), stop.signal);
  assert.ok(!end.ok);
  assert.equal(script.asked.length, 1);
  await scanned(reader, newest(log));
  assert.ok(!(await reader.stretch({ ordinal: 9 }, 5, stop.signal)).ok);
});

test("a server that is behind ends the scan, and one that stands still fails it", async () => {
  const log = logOfEpochs([[target(50), ...guesses(40)]]);
  const script = scriptedLog(log.slice(0, 30));
  const reader = readerOf(script);
  await scanned(reader, newest(log));
  assert.equal((await stretchAt(reader, { ordinal: 99 }, 3)).total, 30);
  script.log.push(...log.slice(30));
  await scanned(reader, newest(log));
  script.log.splice(30);
  const behind = await reader.stretch({ zxid: newest(log) }, 3, going);
  assert.ok(!behind.ok && /does not go on after 1\.29/.test(behind.message));
  const still = readerOf({
    async listEvents(query) {
      const outcome = await script.listEvents(query);
      if (outcome.kind !== "ok") return outcome;
      const stands = { transactions: [], nextZxid: query.afterZxid, end: false };
      const value = { ...outcome.value, ...stands };
      return { ...outcome, value };
    },
  });
  assert.ok(!(await still.scan(newest(log), () => {}, going)).ok);
});

test("a log that does not fit together is a message, not the end of the program", async () => {
  const log = logOfEpochs([[target(50), guess(1), target(60), guess(2)]]);
  const reader = readerOf(scriptedLog(log.filter((_, index) => index !== 3)));
  const end = await reader.scan(newest(log), () => {}, going);
  assert.ok(!end.ok && /cannot follow/.test(end.message));
});

test("an empty log has an empty past", async () => {
  const reader = readerOf(scriptedLog([]));
  await scanned(reader, 0n);
  await scanned(reader, 5n);
  const stretch = await stretchAt(reader, { zxid: 5n }, 10);
  assert.deepEqual(stretch, {
    room: ROOM,
    before: emptyProjection,
    transactions: [],
    firstOrdinal: 1,
    total: 0,
    reachesEnd: true,
    keptFrom: undefined,
  });
});

test("it reads through a real client, past a dead server", async () => {
  const log = logOfEpochs([
    [target(50), ...guesses(30)],
    [target(7), guess(8)],
  ]);
  const { answer } = scriptedLog(log, 9);
  const { listEvents } = createZabbleClient({
    servers: ["dead", "well"],
    transport: (server) => (server === "dead" ? deadServer() : gameServer({ listEvents: answer })),
    clock: createFastClock(),
    requestId: () => "never used",
    deadlineMs: 1000,
  });
  const reader = readerOf({ listEvents });
  await scanned(reader, newest(log));
  const states = statesAfter(emptyProjection, log);
  checkStretch(await stretchAt(reader, { zxid: zxidOf(2, 0) }, 4), log, states, 33, 4);
});
