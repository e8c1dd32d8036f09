// Proves that what watchers missed comes whole and in order wherever they resume, across epochs and
// for one room; that they share its blocks, which are decoded and encoded once; and that the past
// of a watcher that never reads costs next to nothing.
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Command } from "../game/command.js";
import type { Transaction } from "../game/transaction.js";
import { epochOf, zxidOf } from "../game/zxid.js";
import { eventText } from "./event-text.js";
import { createLocalReplica, type LocalReplica } from "./local-replica.testing.js";
import { connectRaw, startServer, turn, until } from "./server-under-test.testing.js";
import { createWatchService } from "./watch.js";
import type { Burst, WatchEncoding } from "./watch-encoding.js";
import { binaryFrames } from "./watch-frames.js";
import { BLOCK_MAX, createWatchPast, RESUME_MAX } from "./watch-past.js";

const TIMEOUT = { timeout: 20_000 };
const LIMITS = { watchersMax: 1000, watchQueueMax: 10_000, deadlineMs: 1000 };

function target(room: string): Command {
  return { type: "SetTarget", room, player: "ada", value: 10, requestId: "" };
}

/** Every third is of room b. */
function fill(replica: LocalReplica, count: number): void {
  const rooms = Array.from({ length: count }, (_, index) => (index % 3 === 2 ? "b" : "a"));
  replica.commit(...rooms.map(target));
}

const zxidsOf = (bursts: readonly Burst[] | undefined): readonly bigint[] | undefined =>
  bursts?.flatMap(({ transactions }) => transactions.map(({ zxid }) => zxid));

test("wherever it begins and wherever the log ends, it is whole and in order", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (epochs, place) => {
      const replica = createLocalReplica();
      const past = createWatchPast(replica);
      for (const count of epochs) {
        fill(replica, count);
        const all = replica.recent(zxidOf(0, 0)) ?? [];
        const begin = Math.max(0, all.length - RESUME_MAX - 1);
        const from = all[begin + Math.floor(place * (all.length - 1 - begin))]?.zxid ?? 0n;
        const after = all.filter(({ zxid }) => zxid > from);
        const bursts = past.after(from, "") ?? [];
        assert.deepEqual(zxidsOf(bursts), after.map(idOf));
        for (const { first, last } of bursts) assert.equal(epochOf(first), epochOf(last));
        const ofRoom = after.filter(({ events }) => events.some(concernsRoomB));
        assert.deepEqual(zxidsOf(past.after(from, "b")), ofRoom.map(idOf));
        replica.establish();
      }
    }),
    { numRuns: 60 },
  );
});

const idOf = ({ zxid }: Transaction): bigint => zxid;

const concernsRoomB = (event: Transaction["events"][number]): boolean =>
  event.type === "LeaderEstablished" || event.room === "b";

test("blocks meet at multiples of their size", () => {
  const replica = createLocalReplica();
  fill(replica, 2 * BLOCK_MAX + 5);
  const past = createWatchPast(replica);
  const spans = (past.after(zxidOf(1, BLOCK_MAX - 4), "") ?? []).map(({ first, last }) => [
    Number(first - zxidOf(1, 0)),
    Number(last - zxidOf(1, 0)),
  ]);
  const edge = 2 * BLOCK_MAX;
  assert.deepEqual(spans, [
    [BLOCK_MAX - 3, BLOCK_MAX - 3],
    [BLOCK_MAX - 2, BLOCK_MAX - 1],
    [BLOCK_MAX, edge - 1],
    [edge, edge + 3],
    [edge + 4, edge + 5],
  ]);
});

test("the limit is exact within an epoch, and beyond it the log is not even asked", () => {
  const replica = createLocalReplica();
  fill(replica, RESUME_MAX + 10);
  let asked = 0;
  const past = createWatchPast({
    game: replica.game,
    recent(after, limit = Number.POSITIVE_INFINITY) {
      asked += limit;
      return replica.recent(after, limit);
    },
  });
  assert.equal(past.after(zxidOf(1, 9), ""), undefined);
  assert.equal(past.after(zxidOf(1, 0), "b"), undefined);
  assert.equal(asked, 0);
  assert.equal(zxidsOf(past.after(zxidOf(1, 10), ""))?.length, RESUME_MAX);
  const once = asked;
  assert.ok(once < RESUME_MAX * 1.1, `${once} were decoded`);
  past.after(zxidOf(1, 10), "");
  past.after(zxidOf(1, 10), "a");
  assert.equal(asked, once, "for the second and third time nothing is decoded");
  replica.establish();
  assert.equal(past.after(zxidOf(1, 10), ""), undefined, "across an epoch too");
});

test("after the log was replaced nothing is told from before", () => {
  const replica = createLocalReplica();
  fill(replica, 10);
  let log: LocalReplica = replica;
  const past = createWatchPast({
    game: () => log.game(),
    recent: (after, limit) => log.recent(after, limit),
  });
  const before = past.after(zxidOf(1, 0), "");
  assert.equal(past.after(zxidOf(1, 0), "")?.[0], before?.[0]);
  log = createLocalReplica();
  fill(log, 10);
  past.forget();
  assert.notEqual(past.after(zxidOf(1, 0), "")?.[0], before?.[0]);
});

/** What each watcher is sent until it has seen all. */
async function messagesOf<M>(
  t: TestContext,
  replica: LocalReplica,
  encoding: WatchEncoding<M>,
  froms: readonly bigint[],
): Promise<M[][]> {
  const service = createWatchService(replica, LIMITS);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  t.after(() => {
    over.abort(new Error("over"));
    service.close();
  });
  const streams = froms.map((from) =>
    service.stream(encoding, { room: "", from, address: "" }, over.signal),
  );
  return Promise.all(
    streams.map(async (stream) => {
      const messages: M[] = [];
      const last = replica.game().zxid;
      let seen = 0n;
      while (seen < last) {
        const { value } = await stream.next();
        assert.ok(value !== undefined);
        messages.push(value);
        seen = seenBy.get(value) ?? seen;
      }
      await stream.return(undefined);
      return messages;
    }),
  );
}

/** How far a message says that its watcher has seen. */
const seenBy = new Map<unknown, bigint>();

const observed: WatchEncoding<Uint8Array> = {
  ...binaryFrames,
  committed(bursts, zxid) {
    const frame = binaryFrames.committed(bursts, zxid);
    seenBy.set(frame, zxid);
    return frame;
  },
};

test("fifty that resume far back are sent the very same bytes, in pieces", TIMEOUT, async (t) => {
  const replica = createLocalReplica();
  fill(replica, RESUME_MAX);
  const froms = Array.from({ length: 50 }, (_, index) => zxidOf(1, index * 3));
  const told = await messagesOf(t, replica, observed, froms);
  const frames = new Set(told.flat().filter((frame) => seenBy.has(frame)));
  const pieces = Math.ceil(RESUME_MAX / BLOCK_MAX) + 2;
  for (const messages of told) assert.ok(messages.length <= pieces, `${messages.length}`);
  // A start and an end of its own for each, of shared blocks too; all else together.
  assert.ok(frames.size <= 2 * froms.length + pieces, `${frames.size} different frames`);
  for (const frame of frames) assert.ok(frame.length < 100 * BLOCK_MAX, `${frame.length} bytes`);
});

test("each transaction is made into text once, however many resume", TIMEOUT, async (t) => {
  const replica = createLocalReplica();
  fill(replica, 1000);
  let looked = 0;
  for (const transaction of replica.recent(zxidOf(1, 0)) ?? []) {
    const { requestId } = transaction;
    Object.defineProperty(transaction, "requestId", {
      get() {
        looked += 1;
        return requestId;
      },
    });
  }
  const texts: WatchEncoding<object> = {
    snapshot: () => ({}),
    status: () => ({}),
    committed(bursts, zxid) {
      const message = { text: eventText.committed(bursts, zxid) };
      seenBy.set(message, zxid);
      return message;
    },
  };
  const froms = Array.from({ length: 50 }, () => zxidOf(1, 0));
  await messagesOf(t, replica, texts, froms);
  assert.equal(looked, 1000);
});

test("many that resume and never read hold a bounded past", TIMEOUT, async (t) => {
  const { replica, server, url } = await startServer(t, {
    limits: { watchQueueMax: 10_000, watchersMax: 100 },
  });
  fill(replica, RESUME_MAX - 1);
  const bytesOfAll = (await (await fetch(`${url}/rooms/a/log?limit=1000`)).text()).length;
  const before = bytesHeld();
  for (let index = 0; index < 60; index += 1) {
    const { socket } = await connectRaw(t, server.port);
    socket.pause();
    socket.write("GET /rooms/a/events?from=1.1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  }
  await until(() => server.watchers() === 60);
  for (let turns = 0; turns < 200; turns += 1) await turn();
  const each = (bytesHeld() - before) / 60;
  t.diagnostic(`${Math.round(each / 1024)} KiB each; a thousand transactions are ${bytesOfAll}`);
  assert.ok(each < 300 * 1024, `${Math.round(each / 1024)} KiB each`);
});

function bytesHeld(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
