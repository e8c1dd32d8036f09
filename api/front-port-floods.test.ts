// Proves that a peer which floods its HTTP/2 connection with frames that cost it nothing is cut off
// soon, and that other connections are served all the same.
import assert from "node:assert/strict";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { startPort } from "./front-port.testing.js";
import { connectRaw, type RawClient, turn, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const FRAMES_MAX = 200_000;
const BURST = 500;

const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const CONTINUATION = 9;

/** GET http://a/ in HPACK. */
const GET = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x61]);
const END_STREAM = 1;
const END_HEADERS = 4;
const CANCEL = Buffer.from([0, 0, 0, 8]);

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(SETTINGS, 0, 0),
]);

async function startCounting(context: TestContext) {
  let requests = 0;
  const front = await startPort(context, (_request, response) => {
    requests += 1;
    response.end("served");
  });
  return { port: front.port, requests: () => requests };
}

/** Sends until it is over, or FRAMES_MAX were sent. */
async function flood(
  client: RawClient,
  frameOf: (index: number) => Buffer,
  isOver: () => boolean,
): Promise<void> {
  client.socket.write(PREFACE);
  for (let sent = 0; sent < FRAMES_MAX && !isOver(); sent += BURST) {
    const frames = Array.from({ length: BURST }, (_, index) => frameOf(sent + index));
    client.socket.write(Buffer.concat(frames));
    await turn();
  }
  await until(isOver);
}

async function get(port: number): Promise<string> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  let text = "";
  for await (const chunk of session.request({ ":path": "/" })) text += String(chunk);
  session.close();
  return text;
}

for (const [name, frameOf] of [
  ["pings", () => frame(PING, 0, 0, Buffer.alloc(8))],
  ["settings", () => frame(SETTINGS, 0, 0)],
  [
    "a header that is continued for ever",
    (index: number) =>
      index === 0
        ? frame(HEADERS, END_STREAM, 1, GET)
        : frame(CONTINUATION, 0, 1, Buffer.from([0, 1, 0x61, 1, 0x62])),
  ],
  ["requests beyond the streams allowed", (i: number) => frame(HEADERS, 4, 2 * i + 1, GET)],
] as const) {
  test(`cut off: a flood of ${name}`, TIMEOUT, async (context) => {
    const { port } = await startCounting(context);
    const client = await connectRaw(context, port);
    await flood(client, frameOf, () => client.socket.destroyed);
    assert.equal(await get(port), "served");
  });
}

test("requests that are reset at once are served for a while, then no more", TIMEOUT, async (t) => {
  const { port, requests } = await startCounting(t);
  const client = await connectRaw(t, port);
  const goaway = frame(GOAWAY, 0, 0).toString("latin1", 3, 9);
  const resetAtOnce = (index: number): Buffer =>
    Buffer.concat([
      frame(HEADERS, END_STREAM | END_HEADERS, 2 * index + 1, GET),
      frame(RST_STREAM, 0, 2 * index + 1, CANCEL),
    ]);
  await flood(client, resetAtOnce, () => client.received().includes(goaway));
  const served = requests();
  assert.ok(served < 5000, `${served} requests`);
  client.socket.write(frame(HEADERS, END_STREAM | END_HEADERS, 2 * FRAMES_MAX + 1, GET));
  assert.equal(await get(port), "served");
  assert.equal(requests(), served + 1, "the other connection's alone");
});
