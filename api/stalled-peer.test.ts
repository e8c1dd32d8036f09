// Proves that a peer which asks and never reads is given up, on either protocol and however it is
// stuck, and that one which is silent because there is nothing to send is not.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { startPort } from "./front-port.testing.js";
import { connectRaw, until } from "./server-under-test.testing.js";
import { abandonWhenStalled } from "./stalled-peer.js";

const TIMEOUT = { timeout: 10_000 };
const STALL_MS = 100;
/** More than the buffers of a loopback connection hold. */
const LARGE = Buffer.alloc(32 << 20);

/** Serves /large, /largest (never ended), and /quiet: a word and then nothing more. */
async function startServing(context: TestContext) {
  let open = 0;
  const front = await startPort(context, (request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    response.on("error", () => {});
    abandonWhenStalled(response, STALL_MS);
    if (request.url === "/large") response.end(LARGE);
    else response.write(request.url === "/quiet" ? "first" : LARGE);
    if (request.url === "/quiet") setTimeout(() => response.end("last"), 5 * STALL_MS);
  });
  return { port: front.port, open: () => open };
}

for (const path of ["/large", "/largest"]) {
  test(`HTTP/1.1: ${path} to a peer that does not read is given up`, TIMEOUT, async (t) => {
    const { port, open } = await startServing(t);
    const { socket } = await connectRaw(t, port);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    await until(() => open() === 1);
    await until(() => open() === 0);
  });

  test(`HTTP/2: ${path} to a stream that is not read is given up`, TIMEOUT, async (t) => {
    const { port, open } = await startServing(t);
    const session = http2.connect(`http://127.0.0.1:${port}`);
    t.after(() => session.destroy());
    const stream = session.request({ ":path": path });
    stream.on("error", () => {});
    await until(() => open() === 1);
    await until(() => open() === 0);
    assert.equal(session.destroyed, false, "only the stream is");
  });
}

test(
  "HTTP/2: a peer that reads nothing at all, not even the news, is given up",
  TIMEOUT,
  async (t) => {
    const { port, open } = await startServing(t);
    const { socket } = await connectRaw(t, port);
    socket.pause();
    // SETTINGS and WINDOW_UPDATE open the windows as far as they go, then GET /largest.
    const window = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]);
    const update = Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0]);
    const path = Buffer.from([0x82, 0x86, 0x41, 1, 0x61, 0x44, 8, ...Buffer.from("/largest")]);
    const headers = Buffer.from([0, 0, path.length, 1, 5, 0, 0, 0, 1]);
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.concat([window, update, headers, path]));
    await until(() => open() === 1);
    await until(() => open() === 0);
  },
);

test("an answer that pauses is no stalled one", TIMEOUT, async (t) => {
  const { port } = await startServing(t);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/quiet`)).text(), "firstlast");
  const session = http2.connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/quiet" });
  let text = "";
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  await once(stream, "end");
  assert.equal(text, "firstlast");
});
