// Proves that no server can make a watch do more than leave it: whatever it sends, transactions are
// delivered in rising order and only a snapshot begins anew; what follows from them is folded or
// found to be impossible; and bytes that are no stream at all only end the connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { InvariantError } from "../game/invariant-error.js";
import { WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { anyMessageOf } from "../test/any-message.testing.js";
import { anyBytes, damaged } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import type { Clock } from "./clock.js";
import { createFastClock, stoppedClock } from "./fast-clock.testing.js";
import { createTransportPool } from "./h2-transport.js";
import { newSession } from "./session-model.js";
import { type SessionMessage, updateSession } from "./session-update.js";
import { watch } from "./watch.js";
import { createWatchPosition } from "./watch-position.js";

const RUNS = 800;

const anyResponse = anyMessageOf(WatchResponseSchema);

/** False if it found an event that no program of today knows, or one that cannot follow. */
function isPossible(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof InvariantError) return false;
    throw error;
  }
}

test("what is delivered rises, whatever is sent, and only a snapshot begins anew", () => {
  fc.assert(
    fc.property(
      fc.array(anyResponse, { maxLength: 12 }),
      fc.constantFrom("", "lobby"),
      fc.bigInt({ min: 0n, max: 2n ** 40n }),
      (responses, room, from) => {
        let last = from;
        let session = newSession("ann", "lobby", 0);
        const fold = (message: SessionMessage): void => {
          const isFolded = isPossible(() => {
            session = updateSession(session, message, 0).session;
          });
          // As a program that was started anew.
          if (!isFolded) session = newSession("ann", "lobby", 0);
        };
        const position = createWatchPosition({
          room,
          from,
          onSnapshot(snapshot) {
            last = snapshot.zxid;
            fold({ type: "snapshot", snapshot });
          },
          onTransactions(transactions, seen) {
            for (const { zxid } of transactions) {
              assert.ok(zxid > last, "not in order");
              last = zxid;
            }
            assert.ok(seen >= last);
            last = seen;
            fold({ type: "transactions", transactions, seen });
          },
          onStatus: (status) => fold({ type: "status", status }),
        });
        for (const response of responses) {
          const isKnown = isPossible(() => {
            const fault = position.take(response);
            assert.notEqual(fault, "");
          });
          if (!isKnown) break;
          assert.equal(position.zxid(), last);
        }
      },
    ),
    fuzzed(import.meta.url, RUNS),
  );
});

interface Bytes {
  readonly status: number;
  readonly type: string;
  readonly encoding: string;
  readonly body: Uint8Array;
}

/** A server that gives this answer to everything. */
async function startServer(t: TestContext, answer: () => Bytes, keepsOpen = false) {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    const { status, type, encoding, body } = answer();
    const headers = {
      ":status": status,
      "content-type": type,
      "connect-content-encoding": encoding,
    };
    stream.respond(headers);
    if (keepsOpen) stream.write(body);
    else stream.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

/** Watches until the server was left, or refused it; false if it said what cannot be. */
async function watchOnce(t: TestContext, server: string, clock: Clock): Promise<boolean> {
  const stop = new AbortController();
  const pool = createTransportPool();
  t.after(() => pool.close());
  try {
    await watch({
      servers: [server],
      transport: pool.transport,
      clock,
      room: "",
      from: 0n,
      signal: stop.signal,
      onSnapshot: () => {},
      onTransactions: () => {},
      onStatus: () => {},
      onConnection: ({ state }) => {
        if (state === "lost") stop.abort();
      },
    });
    return true;
  } catch (error) {
    if (error instanceof InvariantError) return false;
    throw error;
  } finally {
    pool.close();
  }
}

function envelope(bytes: Uint8Array, flags = 0, length = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

const anyStream = fc
  .array(
    fc.oneof(
      anyResponse.map((response) =>
        envelope(toBinary(WatchResponseSchema, create(WatchResponseSchema, response))),
      ),
      fc.json().map((json) => envelope(Buffer.from(json), 2)),
      fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 255 })).map(([bytes, flags]) => {
        return envelope(bytes, flags);
      }),
    ),
    { maxLength: 4 },
  )
  .map((envelopes) => Buffer.concat(envelopes));

const anyAnswer: fc.Arbitrary<Bytes> = fc.record({
  status: fc.constantFrom(200, 200, 200, 200, 404, 500, 204),
  type: fc.constantFrom(
    "application/connect+proto",
    "application/connect+proto",
    "application/connect+proto",
    "application/json",
    "text/html",
  ),
  encoding: fc.constantFrom("identity", "identity", "gzip", "zstd"),
  body: fc.oneof(
    anyStream,
    damaged(anyStream).map(({ after }) => after),
    anyBytes,
  ),
});

test("a server that answers with anything is left, or says what cannot be", async (t) => {
  let answer: Bytes = { status: 200, type: "", encoding: "", body: Buffer.alloc(0) };
  const server = await startServer(t, () => answer);
  const ends = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (next) => {
      answer = next;
      ends.add(await watchOnce(t, server, createFastClock()));
    }),
    fuzzed(import.meta.url, 100),
  );
  assert.ok(ends.has(true));
});

test("a message that would never end is not waited for", { timeout: 5000 }, async (t) => {
  const body = envelope(Buffer.alloc(100_000), 0, 0xffff_fffe);
  const answer = { status: 200, type: "application/connect+proto", encoding: "identity", body };
  const server = await startServer(t, () => answer, true);
  assert.ok(await watchOnce(t, server, stoppedClock));
});
