// Proves that no address, however it is written, gets more from the plain paths than a civil
// answer: a room that may exist, a place in the log that may be, so many entries as were asked for;
// and that bytes which are no HTTP at all only end their own connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { checkRoom } from "../game/check-command.js";
import { parseZxid } from "../game/zxid.js";
import { anyBytes, anyText, damaged } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { startServer } from "./server-under-test.testing.js";
import { ask, connectHttp2 } from "./stranger.testing.js";

const RUNS = 300;

async function serve(t: TestContext) {
  const logged = t.mock.method(t, "diagnostic", () => {});
  const { server, replica } = await startServer(t);
  for (let index = 0; index < 20; index++) {
    const command = { type: "SetTarget", room: "lobby", player: "dan", value: index } as const;
    replica.commit({ ...command, requestId: `t-${index}` });
  }
  const session = await connectHttp2(t, server.port);
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
    ask(session, {
      headers: { ":method": method, ":path": path, ...headers },
      body: Buffer.alloc(0),
    });
  const silent = (): void =>
    assert.deepEqual(
      logged.mock.calls.map(({ arguments: said }) => said[0]),
      [],
    );
  return { port: server.port, get, silent };
}

/** What may stand for a zxid or a number, and what may not. */
const anyPlace = fc.oneof(
  fc.nat({ max: 30 }).map((counter) => `1.${counter}`),
  fc.constantFrom("0", "1.0", "4294967295.4294967295", "4294967296.0", "18446744073709551615"),
  fc.constantFrom(
    "18446744073709551616",
    "-1",
    "-0",
    "0x10",
    "1e2",
    "0e9",
    "1.1.1",
    " 1.1",
    "１.１",
  ),
  fc.constantFrom("", "0.0", "00", "5.0", "1000", "1001", "0.5", "NaN", "null", "[]", "٣"),
  anyText.map((text) => text.slice(0, 200)),
);

const anyRoom = fc
  .oneof(fc.constantFrom("lobby", "attic", "", "a/b", "..", "%"), anyText)
  .map((text) => {
    return Buffer.from(text.slice(0, 100)).toString();
  });

/** Percent-encoded as it should be, or not. */
const anyEncoding = fc.constantFrom(encodeURIComponent, encodeURIComponent, (text: string) =>
  text.replace(/[^!-~]|[#?]/g, "%"),
);

test("a log is read from a place that may be, so many entries at most, or refused", async (t) => {
  const { get, silent } = await serve(t);
  await fc.assert(
    fc.asyncProperty(
      anyRoom,
      fc.option(anyPlace),
      fc.option(anyPlace),
      async (room, after, limit) => {
        const query = new URLSearchParams();
        if (after !== null) query.set("after", after);
        if (limit !== null) query.set("limit", limit);
        const { status, body, text } = await get(`/rooms/${encodeURIComponent(room)}/log?${query}`);
        const isPlace = after === null || parseZxid(after) !== undefined;
        const count = limit === null ? 100 : Number(limit);
        const isCount = Number.isInteger(count) && count >= 1 && count <= 1000;
        if (room === "") assert.equal(status, 404);
        else if (!checkRoom(room).ok || !isPlace || !isCount) assert.equal(status, 400, text);
        else if (status === 200) {
          const { transactions = [] } = Object(JSON.parse(body));
          assert.ok(Array.isArray(transactions) && transactions.length <= count);
        } else {
          // Number reads more than a JSON text of an integer may be.
          assert.equal(status, 400);
          assert.doesNotMatch(limit ?? "", /^[1-9][0-9]*$/);
        }
        silent();
      },
    ),
    fuzzed(import.meta.url, RUNS),
  );
});

test("whatever the path, the method and the place to resume from, it is civil", async (t) => {
  const { get, silent } = await serve(t);
  const path = fc.oneof(
    fc.tuple(anyRoom, anyEncoding).map(([room, encode]) => `/rooms/${encode(room)}`),
    fc.tuple(anyRoom, anyEncoding).map(([room, encode]) => `/rooms/${encode(room)}/events`),
    fc.tuple(anyRoom, anyEncoding).map(([room, encode]) => `/${encode(room)}`),
    fc.constantFrom("/", "/rooms", "/cluster/", "/status", "/metrics", "/openapi.json", "//"),
    fc.constantFrom("/rooms/lobby/events", "/nodes/node1/status", "/rooms/%ff", "/x".repeat(5000)),
  );
  const query = fc.oneof(
    fc.constant(""),
    fc.tuple(fc.constantFrom("from", "consistency", "x"), anyPlace).map(([key, value]) => {
      return `?${new URLSearchParams({ [key]: value })}`;
    }),
    anyRoom.map((text) => `?${encodeURIComponent(text)}`),
  );
  const id = anyPlace.map((text) => text.replace(/[^!-~]/g, "?").slice(0, 100));
  const method = fc.constantFrom("GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE", "PROPFIND");
  await fc.assert(
    fc.asyncProperty(path, query, fc.option(id), method, async (path, query, id, method) => {
      const headers: Record<string, string> = id === null ? {} : { "last-event-id": id };
      const { status, text } = await get(path + query, headers, method);
      assert.ok([200, 204, 400, 404, 405, 414].includes(status), `${status}: ${text}`);
      assert.doesNotMatch(text, /\.[cm]?[jt]s:\d+|node_modules|node:internal/, "inner words");
      const isStream = /\/events\/?$/.test(path) && ["GET", "HEAD"].includes(method);
      if (isStream && id !== null && id !== "" && parseZxid(id) === undefined) {
        assert.ok(status === 400 || status === 404, "it resumed from nowhere");
      }
      silent();
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

const REQUEST = Buffer.from(
  "POST /zabble.v1.GameService/GetGame HTTP/1.1\r\nhost: localhost\r\n" +
    "content-type: application/json\r\ncontent-length: 2\r\nx: y\r\n\r\n{}" +
    "GET /rooms HTTP/1.1\r\nhost: localhost\r\n" +
    "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
);
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

test("bytes that are no HTTP end their connection, and no other", async (t) => {
  const { port, get } = await serve(t);
  const anySaid = fc.oneof(
    damaged(fc.constant(REQUEST)).map(({ after }) => after),
    anyBytes,
    anyBytes.map((bytes) => Buffer.concat([PREFACE, bytes])),
    fc.tuple(fc.nat({ max: 40_000 }), fc.boolean()).map(([size, isLine]) => {
      const header = isLine ? `x: ${"y".repeat(size)}\r\n` : "x: y\r\n".repeat(size / 6);
      return Buffer.from(`GET / HTTP/1.1\r\nhost: localhost\r\n${header}\r\n`);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anySaid, { minLength: 1, maxLength: 20 }), async (crowd) => {
      const ends = crowd.map(async (said) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.end(said);
        let text = "";
        socket.on("data", (chunk: Buffer) => {
          text += chunk.toString("latin1");
        });
        await once(socket, "close");
        assert.doesNotMatch(text, /^HTTP\/1\.1 5(?!05)/, text);
      });
      await Promise.all(ends);
      assert.equal((await get("/healthz")).status, 200);
    }),
    fuzzed(import.meta.url, 20),
  );
});
