// Proves that what players and watchers were told is really compared with the log: a true account
// passes, and every way of altering it is found, under the name that it deserves.
import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { zxidOf } from "../../game/zxid.js";
import { TransactionSchema } from "../../gen/zabble/v1/event_pb.js";
import {
  CommittedSchema,
  SnapshotSchema,
  type WatchResponse,
} from "../../gen/zabble/v1/game_pb.js";
import type { LoggedTransaction } from "../cluster/log-files.testing.js";
import type { Operation } from "../history/operation.js";
import { type Footprint, leakBetween } from "./footprint.js";
import { type Told, verifyTold } from "./verify.js";
import { createWatchOrder } from "./watch-order.js";

const at = (counter: number): bigint => zxidOf(1, counter);
const IDS = ["", "a1", "b1", "b2"];
const LOG: readonly LoggedTransaction[] = IDS.map((requestId, counter) => {
  return { zxid: at(counter), requestId, text: requestId };
});

/** The target 50, a guess, a refused close of another room, another guess, and a look at it all. */
const OPERATIONS: readonly Operation[] = [
  {
    client: "a",
    room: "r",
    player: "ann",
    requestId: "a1",
    call: { type: "setTarget", value: 50 },
    invokedAtMs: 0,
    returnedAtMs: 10,
    result: { type: "committed", zxid: at(1), round: 1 },
  },
  {
    client: "b",
    room: "r",
    player: "bob",
    requestId: "b1",
    call: { type: "guess", value: 40 },
    invokedAtMs: 20,
    returnedAtMs: 30,
    result: { type: "committed", zxid: at(2), round: 1 },
  },
  {
    client: "a",
    room: "s",
    player: "ann",
    requestId: "a2",
    call: { type: "close" },
    invokedAtMs: 20,
    returnedAtMs: 30,
    result: { type: "rejected", reason: "NO_SUCH_ROOM" },
  },
  {
    client: "b",
    room: "r",
    player: "bob",
    requestId: "b2",
    call: { type: "guess", value: 41 },
    invokedAtMs: 40,
  },
  {
    client: "a",
    room: "r",
    player: "",
    requestId: "a3",
    call: { type: "read" },
    invokedAtMs: 50,
    returnedAtMs: 60,
    result: {
      type: "state",
      zxid: at(2),
      view: {
        round: 1,
        open: true,
        target: 50,
        by: "ann",
        guessCount: 1,
        guesses: [{ player: "bob", value: 40 }],
        lastClosed: undefined,
      },
    },
  },
];

const SEEN = LOG.map(({ zxid, requestId }) => ({ zxid, crc: crc32(requestId) }));

async function found(
  log: readonly LoggedTransaction[],
  told: Partial<Told> = {},
): Promise<readonly string[]> {
  const violations = await verifyTold(log, { operations: OPERATIONS, watched: [SEEN], ...told });
  return [...new Set(violations.map(({ name }) => name))];
}

/** The history with one operation told something else. */
function altered(requestId: string, change: Partial<Operation>): readonly Operation[] {
  return OPERATIONS.map((one) => (one.requestId === requestId ? { ...one, ...change } : one));
}

test("a true account passes", async () => {
  assert.deepEqual(await found(LOG), []);
});

test("a confirmed write that the log lacks", async () => {
  const log = LOG.filter(({ requestId }) => requestId !== "b1");
  assert.ok((await found(log, { watched: [] })).includes("ExactlyOnce"));
});

test("a write that happened twice", async () => {
  const log = [...LOG, { zxid: at(4), requestId: "b2", text: "again" }];
  assert.ok((await found(log)).includes("ExactlyOnce"));
});

test("a write that was told another place", async () => {
  const operations = altered("b1", { result: { type: "committed", zxid: at(3), round: 1 } });
  assert.ok((await found(LOG, { operations })).includes("ExactlyOnce"));
});

test("a write that was refused and happened", async () => {
  const operations = altered("b2", {
    returnedAtMs: 45,
    result: { type: "rejected", reason: "UNAVAILABLE" },
  });
  assert.deepEqual(await found(LOG, { operations }), ["NoIsNo"]);
});

test("a read that saw less than was confirmed before", async () => {
  const read = OPERATIONS.at(-1)?.result;
  assert.ok(read?.type === "state");
  const view = { ...read.view, guessCount: 0, guesses: [] };
  const operations = altered("a3", { result: { type: "state", zxid: at(1), view } });
  assert.deepEqual((await found(LOG, { operations })).toSorted(), ["Linearizable", "RealTime"]);
});

test("a client that was told less than it had been told before", async () => {
  const operations = altered("a3", { client: "b", room: "elsewhere" }).map((one) =>
    one.requestId === "a3" && one.result?.type === "state"
      ? { ...one, result: { ...one.result, zxid: at(1) } }
      : one,
  );
  assert.ok((await found(LOG, { operations })).includes("Sessions"));
});

test("a refusal against the rules", async () => {
  const operations = altered("a2", { result: { type: "rejected", reason: "NO_GUESS" } });
  assert.deepEqual(await found(LOG, { operations }), ["Linearizable"]);
});

test("a watcher that saw what is not in the log, or something else in its place", async () => {
  assert.deepEqual(await found(LOG.slice(0, -1)), ["Watched"]);
  const watched = [[{ zxid: at(2), crc: crc32("other") }]];
  assert.deepEqual(await found(LOG, { watched }), ["Watched"]);
});

type Message = WatchResponse["message"];

function committed(...counters: readonly number[]): Message {
  const transactions = counters.map((counter) =>
    create(TransactionSchema, { epoch: 1, counter, prev: at(counter - 1) }),
  );
  const zxid = at(counters.at(-1) ?? 0);
  return { case: "committed", value: create(CommittedSchema, { transactions, zxid }) };
}

function snapshot(counter: number): Message {
  return { case: "snapshot", value: create(SnapshotSchema, { zxid: at(counter) }) };
}

for (const [what, messages, words] of [
  ["nothing wrong", [snapshot(1), committed(2, 3), committed(4), snapshot(9)], undefined],
  ["a gap", [snapshot(1), committed(3)], /a gap/],
  ["a repeat", [snapshot(1), committed(2), committed(2)], /a repeat/],
  ["an older state", [snapshot(5), snapshot(4)], /older state/],
  ["nothing for something", [snapshot(5), committed()], undefined],
] as const) {
  test(`a watcher that is sent ${what}`, () => {
    const complaints: string[] = [];
    const order = createWatchOrder((complaint) => complaints.push(complaint));
    for (const message of messages) order.take({ message }, "server");
    if (words === undefined) assert.deepEqual(complaints, []);
    else assert.match(complaints.join(), words);
  });
}

test("a watcher that is told it has seen what it was never sent", () => {
  const complaints: string[] = [];
  const order = createWatchOrder((complaint) => complaints.push(complaint));
  order.take({ message: snapshot(1) }, "server");
  const value = create(CommittedSchema, { zxid: at(2) });
  order.take({ message: { case: "committed", value } }, "server");
  assert.match(complaints.join(), /seen 1\.2/);
});

test("files and memory that pile up", () => {
  const before: readonly Footprint[] = [{ id: "node1", residentMiB: 80, openFiles: 30 }];
  const after = (openFiles: number, residentMiB: number) => [
    { id: "node1", openFiles, residentMiB },
  ];
  assert.equal(leakBetween(before, after(35, 200)), undefined);
  assert.match(leakBetween(before, after(90, 200)) ?? "", /60 more open files/);
  assert.match(leakBetween(before, after(35, 600)) ?? "", /520 MiB/);
});
