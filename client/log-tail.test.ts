// Proves that the end of the log is found without reading the log: the newest transactions, without
// a gap, in a few calls, however many epochs there are and wherever the log begins.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { Transaction } from "../game/transaction.js";
import { zxidOf } from "../game/zxid.js";
import { TransactionSchema } from "../gen/zabble/v1/event_pb.js";
import { createFastClock } from "./fast-clock.testing.js";
import { type ScriptedLog, scriptedLog } from "./list-events.testing.js";
import { readLogTail } from "./log-tail.js";
import { deadServer, gameServer } from "./scripted-server.testing.js";
import { createZabbleClient } from "./zabble-client.js";

const CALLS_AT_MOST = 8;

/** A log whose epochs have that many transactions; epoch numbers that nobody led are left out. */
function logOf(lengths: readonly number[]): Transaction[] {
  const log: Transaction[] = [];
  let prev = 0n;
  for (const [index, length] of lengths.entries()) {
    const epoch = index * 2 + 1;
    for (let counter = 0; counter < length; counter++) {
      const zxid = zxidOf(epoch, counter);
      const leader = { type: "LeaderEstablished", epoch, nodeId: "node1" } as const;
      const target = { type: "TargetSet", room: "lobby", round: 1, value: 4, by: "dan" } as const;
      log.push({ zxid, prev, time: 0, requestId: "", events: [counter === 0 ? leader : target] });
      prev = zxid;
    }
  }
  return log;
}

function tailOf(
  { listEvents }: Pick<ScriptedLog, "listEvents">,
  before: bigint,
  count: number,
): Promise<readonly Transaction[]> {
  return readLogTail({ listEvents, before, count, signal: new AbortController().signal });
}

function newest(log: readonly Transaction[]): bigint {
  return log.at(-1)?.zxid ?? 0n;
}

test("inside one epoch one call asks for the stretch itself and for nothing else", async () => {
  const script = scriptedLog(logOf([5000]));
  assert.deepEqual(await tailOf(script, zxidOf(1, 4000), 200), script.log.slice(3801, 4001));
  assert.deepEqual(script.asked, [{ room: "", afterZxid: zxidOf(1, 3800), limit: 200 }]);
});

test("over a change of leader it goes on where the marker says", async () => {
  const script = scriptedLog(logOf([500, 30]));
  assert.deepEqual(await tailOf(script, newest(script.log), 200), script.log.slice(-200));
  assert.deepEqual(script.asked, [
    { room: "", afterZxid: zxidOf(3, 0) - 1n, limit: 30 },
    { room: "", afterZxid: zxidOf(1, 329), limit: 170 },
  ]);
});

test("hundreds of epochs without a command take a few calls", async () => {
  const script = scriptedLog(logOf(new Array<number>(700).fill(1)));
  assert.deepEqual(await tailOf(script, newest(script.log), 200), script.log.slice(-200));
  assert.ok(script.asked.length <= 5, `${script.asked.length} calls`);
});

test("more than a page is read in several", async () => {
  const script = scriptedLog(logOf([4000]));
  assert.deepEqual(await tailOf(script, newest(script.log), 2500), script.log.slice(-2500));
  assert.equal(script.asked.length, 3);
});

test("any log, from any place: the newest, no gap, few calls", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1500 })), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.nat(),
      fc.integer({ min: 0, max: 1200 }),
      fc.nat({ max: 2000 }),
      async (lengths, place, count, deleted) => {
        const log = logOf(lengths);
        const at = place % log.length;
        const script = scriptedLog(log.slice(deleted));
        const tail = await tailOf(script, log[at]?.zxid ?? 0n, count);
        assert.ok(script.asked.length <= CALLS_AT_MOST, `${script.asked.length} calls`);
        const first = Math.max(0, deleted, at + 1 - count);
        const whole = deleted > at ? [] : log.slice(first, at + 1);
        assert.deepEqual(tail, tail.length === 0 ? [] : whole.slice(-tail.length));
        // Where the calls did not run out, it is all there.
        if (script.asked.length < CALLS_AT_MOST) assert.equal(tail.length, whole.length);
      },
    ),
    { numRuns: 300 },
  );
});

test("where older segments are deleted it returns what there is", async () => {
  const log = logOf([100, 100, 100]);
  const inEpoch = scriptedLog(log.slice(250));
  assert.deepEqual(await tailOf(inEpoch, newest(log), 80), log.slice(250));
  const atMarker = scriptedLog(log.slice(200));
  assert.deepEqual(await tailOf(atMarker, newest(log), 150), log.slice(200));
  assert.equal(atMarker.asked.length, 1, "that the log begins there was said in the first answer");
  const beyond = scriptedLog(log.slice(200));
  assert.deepEqual(await tailOf(beyond, zxidOf(1, 50), 20), []);
});

test("a server that is behind gives what it has", async () => {
  const log = logOf([300]);
  const script = scriptedLog(log.slice(0, 290));
  assert.deepEqual(await tailOf(script, newest(log), 50), log.slice(240, 290));
});

test("a server that is behind what another one gave is not asked to fill the gap", async () => {
  const log = logOf([300, 10]);
  const leading = scriptedLog(log);
  const behind = scriptedLog(log.slice(0, 200));
  let calls = 0;
  const tail = await tailOf(
    { listEvents: (query) => (calls++ === 0 ? leading : behind).listEvents(query) },
    newest(log),
    300,
  );
  assert.deepEqual(tail, log.slice(300), "what lies before 300 and behind 200 is missing");
});

test("nothing is asked of an empty log, for no transactions, or by someone who left", async () => {
  const script = scriptedLog(logOf([10]));
  assert.deepEqual(await tailOf(script, 0n, 10), []);
  assert.deepEqual(await tailOf(script, newest(script.log), 0), []);
  const { listEvents } = script;
  const signal = AbortSignal.abort();
  assert.deepEqual(await readLogTail({ listEvents, before: zxidOf(1, 5), count: 5, signal }), []);
  assert.deepEqual(script.asked, []);
});

test("servers that die in the middle leave what was read, no server leaves nothing", async () => {
  const script = scriptedLog(logOf([100, 10]));
  script.answers = 1;
  assert.deepEqual(await tailOf(script, newest(script.log), 50), script.log.slice(-10));
  script.answers = 0;
  assert.deepEqual(await tailOf(script, newest(script.log), 50), []);
});

test("an event that this program does not know ends the look back", async () => {
  const script = scriptedLog(logOf([20, 10]));
  const tail = await tailOf(
    {
      async listEvents(query) {
        const outcome = await script.listEvents(query);
        if (outcome.kind !== "ok" || query.afterZxid > zxidOf(2, 0)) return outcome;
        const unknown = create(TransactionSchema, { epoch: 1, counter: 3, events: [{}] });
        return { ...outcome, value: { ...outcome.value, transactions: [unknown] } };
      },
    },
    newest(script.log),
    25,
  );
  assert.deepEqual(tail, script.log.slice(-10));
});

test("it reads through a real client, past a dead server", async () => {
  const script = scriptedLog(logOf([40, 40]));
  const client = createZabbleClient({
    servers: ["dead", "well"],
    transport: (server) =>
      server === "dead" ? deadServer() : gameServer({ listEvents: script.answer }),
    clock: createFastClock(),
    requestId: () => "never used",
    deadlineMs: 1000,
  });
  assert.deepEqual(await tailOf(client, newest(script.log), 60), script.log.slice(-60));
});
