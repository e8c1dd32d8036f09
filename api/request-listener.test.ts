// Proves that the port survives what no client library would send: an unaddressable request, a body
// that is too large for HTTP/2's flow control, one that never ends, paths that lead nowhere.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { connectRaw, postJson, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const GET_GAME = "/zabble.v1.GameService/GetGame";
const SET_TARGET = "/zabble.v1.GameService/SetTarget";

const json = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

test("a malformed or missing Host is answered with 400", TIMEOUT, async (context) => {
  const { server, url } = await startServer(context);
  for (const head of [`HTTP/1.1\r\nhost: a b[\r\n`, `HTTP/1.0\r\n`]) {
    const client = await connectRaw(context, server.port);
    client.socket.write(`POST ${GET_GAME} ${head}${json}`);
    await client.has("HTTP/1.1 400 ");
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
