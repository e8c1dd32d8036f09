// Proves that the port survives what no client library would send: an unaddressable request, a body
// that is too large for HTTP/2's flow control, one that never ends, paths that lead nowhere; and
// that of its own faults it tells nobody but its log.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { createFrontPort } from "./front-port.js";
import { createRequestListener } from "./request-listener.js";
import { connectRaw, postJson, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const GET_GAME = "/zabble.v1.GameService/GetGame";
const SET_TARGET = "/zabble.v1.GameService/SetTarget";

const json = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

test("a malformed or missing Host is refused", TIMEOUT, async (context) => {
  const { server, url } = await startServer(context);
  for (const [head, status] of [
    [`HTTP/1.1\r\nhost: a b[\r\n`, 421],
    [`HTTP/1.0\r\n`, 400],
  ]) {
    const client = await connectRaw(context, server.port);
    client.socket.write(`POST ${GET_GAME} ${head}${json}`);
    await client.has(`HTTP/1.1 ${status} `);
  }
  assert.equal((await postJson(url, GET_GAME.slice(1), {})).status, 200, "the node still serves");
});

test("a path that leads nowhere is 404, Play over HTTP/1.1 is 505", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const post = { method: "POST", headers: { "content-type": "application/connect+json" } };
  assert.equal((await fetch(`${url}/zabble.v1.PeerService/Exchange`, post)).status, 404);
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  assert.equal((await fetch(`${url}/zabble.v1.GameService/Play`, post)).status, 505);
});

test(
  "over HTTP/2 too, a body over the limit gets its answer and its stream ends",
  TIMEOUT,
  async (t) => {
    const { server } = await startServer(t);
    const body = JSON.stringify({ player: "x".repeat(1 << 20) });
    for (const length of [{ "content-length": body.length }, {}]) {
      const stream = requestHttp2(t, server.port, length);
      const text = readAll(stream);
      const closed = once(stream, "close");
      stream.end(body);
      const [headers]: { ":status"?: number }[] = await once(stream, "response");
      assert.equal(headers?.[":status"], 429);
      assert.match(await text, /"resource_exhausted"/);
      await closed;
    }
  },
);

test("over HTTP/2 too, a body that never ends is cut off", TIMEOUT, async (context) => {
  const { server } = await startServer(context, {
    timing: { headerTimeoutMs: 50, requestTimeoutMs: 50 },
  });
  const stream = requestHttp2(context, server.port, {});
  stream.on("error", () => {});
  const closed = once(stream, "close");
  stream.write("{");
  await closed;
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
});

test("wherever a body that never ends is sent, it is cut off", { timeout: 20_000 }, async (t) => {
  const { server } = await startServer(t, {
    timing: { headerTimeoutMs: 50, requestTimeoutMs: 100 },
  });
  const foreign = { origin: "https://evil.example" };
  for (const [path, headers] of [
    [SET_TARGET, {}],
    [SET_TARGET, foreign],
    ["/zabble.v1.GameService/Watch", { "content-type": "application/connect+json" }],
    // Its answer ends, for blanks are no message; the client's side does not.
    ["/zabble.v1.GameService/Play", { "content-type": "application/connect+json" }],
    ["/zabble.v1.GameService/Play", foreign],
    ["/nowhere", {}],
    [`/${"x".repeat(9000)}`, {}],
  ] as const) {
    const client = await connectRaw(t, server.port);
    const lines = Object.entries({ "content-type": "application/json", ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    client.socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines}`);
    client.socket.write("transfer-encoding: chunked\r\n\r\n");
    const chunks = setInterval(() => client.socket.write(`${"100\r\n".padEnd(261)}\r\n`), 5);
    await client.closed;
    clearInterval(chunks);

    const stream = requestHttp2(t, server.port, { ":path": path, ...headers });
    stream.on("error", () => {});
    stream.resume();
    const blanks = setInterval(() => stream.write(" ".repeat(256)), 5);
    await new Promise((resolve) => stream.once("close", resolve));
    clearInterval(blanks);
  }
});

const SECRET = "no such file: /srv/secret.ts";

/** A port whose every service and plain path meets a fault. */
async function startFaulty(t: TestContext) {
  const logged: string[] = [];
  const fail = (): never => {
    throw new TypeError(SECRET);
  };
  const never = new AbortController().signal;
  const listener = createRequestListener({
    routes: (router) =>
      router.service(GameService, {
        getGame: fail,
        // biome-ignore lint/correctness/useYield: it fails before its first message.
        watch: async function* () {
          fail();
        },
      }),
    plain: { answer: fail, methods: () => undefined },
    gate: () => 0,
    interceptors: [],
    messageBytesMax: 1024,
    requestTimeoutMs: 5000,
    stallMs: 5000,
    drainSignal: never,
    shutdownSignal: never,
    log: { warn: (_message, fields) => logged.push(inspect(fields)) },
  });
  const front = await createFrontPort({
    host: "127.0.0.1",
    port: 0,
    connectionsMax: 16,
    connectionsPerAddressMax: 16,
    headerTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    idleSessionMs: 5000,
    onRefused() {},
    listener,
  });
  t.after(() => front.close(0));
  return { baseUrl: `http://127.0.0.1:${front.port}`, logged };
}

test("a fault is an internal error in neutral words, to every client", TIMEOUT, async (t) => {
  const { baseUrl } = await startFaulty(t);
  for (const transport of [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  ]) {
    const client = createClient(GameService, transport);
    for (const call of [
      () => client.getGame({}),
      () => client.watch({})[Symbol.asyncIterator]().next(),
    ]) {
      await assert.rejects(call, (error: unknown) => {
        assert.ok(error instanceof ConnectError);
        assert.equal(error.code, Code.Internal);
        assert.equal(error.rawMessage, "internal error");
        return true;
      });
    }
  }
});

test("a fault of a plain path is a 500 in neutral words, and is logged", TIMEOUT, async (t) => {
  const { baseUrl, logged } = await startFaulty(t);
  const answer = await fetch(`${baseUrl}/healthz`);
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), "The request failed.\n");
  assert.equal(logged.length, 1);
  assert.ok(logged[0]?.includes(SECRET));
});

function requestHttp2(
  context: TestContext,
  port: number,
  headers: http2.OutgoingHttpHeaders,
): http2.ClientHttp2Stream {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  context.after(() => session.destroy());
  return session.request({
    ":method": "POST",
    ":path": SET_TARGET,
    "content-type": "application/json",
    ...headers,
  });
}

async function readAll(stream: http2.ClientHttp2Stream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
