// Proves that a client that closes its side after the request still gets the answer, and that of a
// client that has gone nothing stays, whatever it was waiting for.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { test } from "node:test";
import { connectRaw, startServer, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const HEAD = "HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
const GAME = "/zabble.v1.GameService";

test("an answer reaches a client that has closed its side", TIMEOUT, async (t) => {
  const { server, replica } = await startServer(t);
  const plain = await connectRaw(t, server.port);
  plain.socket.end(`GET /healthz ${HEAD}\r\n`);
  await plain.has("alive");
  await plain.closed;
  replica.hold();
  const body = '{"player":"ann","value":5}';
  const call = await connectRaw(t, server.port);
  const lines = `content-length: ${body.length}\r\n\r\n`;
  call.socket.end(`POST ${GAME}/SetTarget ${HEAD}${lines}${body}`);
  await until(() => replica.submitted() === 1);
  replica.release();
  await call.has('"round":1');
  await call.closed;
});

test(
  "who closes its side before it has asked, or between requests, is let go",
  TIMEOUT,
  async (t) => {
    const { server } = await startServer(t);
    for (const text of ["", "G", "PRI", "GET / HT", `GET /healthz ${HEAD}\r\n`]) {
      const { socket, closed, received } = await connectRaw(t, server.port);
      socket.write(text);
      if (text.startsWith("GET /h")) await until(() => received().includes("alive"));
      socket.end();
      await closed;
    }
  },
);

test("an HTTP/2 client that closes its side is let go", TIMEOUT, async (t) => {
  const { server } = await startServer(t);
  const session = http2.connect(`http://127.0.0.1:${server.port}`);
  t.after(() => session.destroy());
  await once(session, "remoteSettings");
  const raw = await connectRaw(t, server.port);
  raw.socket.end("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
  await raw.closed;
});

test("an endless stream ends with a client that has closed its side", TIMEOUT, async (t) => {
  const { server } = await startServer(t, { timing: { statusEveryMs: 60_000 } });
  const events = await connectRaw(t, server.port);
  events.socket.write(`GET /rooms/lobby/events ${HEAD}\r\n`);
  await events.has("event: snapshot");
  assert.equal(server.watchers(), 1);
  events.socket.end();
  await until(() => server.watchers() === 0);
  await events.closed;
  const body = "\0\0\0\0\x02{}";
  const watch = await connectRaw(t, server.port);
  const head = HEAD.replace("application/json", "application/connect+json");
  watch.socket.write(`POST ${GAME}/Watch ${head}content-length: 7\r\n\r\n${body}`, "latin1");
  await watch.has("snapshot");
  watch.socket.end();
  await until(() => server.watchers() === 0);
  await watch.closed;
});
