// Proves that one port serves HTTP/1.1 and HTTP/2 however the first bytes are cut, that peers who
// dawdle are cut off, that a writer never waits for a connection that is gone, and that close lets
// running answers finish.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { type TestContext, test } from "node:test";
import { createFrontPort, type FrontPort, type FrontPortOptions } from "./front-port.js";
import { connectRaw, turn, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };

async function startPort(
  context: TestContext,
  listener: FrontPortOptions["listener"],
  options: Partial<FrontPortOptions> = {},
): Promise<FrontPort> {
  const front = await createFrontPort({
    host: "127.0.0.1",
    port: 0,
    connectionsMax: 16,
    headerTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    listener,
    ...options,
  });
  context.after(() => front.close(0));
  return front;
}

const sayVersion: FrontPortOptions["listener"] = (request, response) => {
  response.end(`version ${request.httpVersion}`);
};

async function getOverHttp2(port: number): Promise<string> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": "/" });
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return text;
}

test("both protocols are served on the one port", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "version 1.1");
  assert.equal(await getOverHttp2(port), "version 2.0");
});

test("a POST whose first packet is only its P is served", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion);
  const client = await connectRaw(context, port);
  for (const part of ["P", "O", "ST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"]) {
    await new Promise((resolve) => client.socket.write(part, resolve));
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
  await client.has("version 1.1");
});

test("an HTTP/2 preface cut into pieces is served", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion);
  const client = await connectRaw(context, port);
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const emptySettings = "\0\0\0\x04\0\0\0\0\0";
  for (const part of ["P", "R", preface.slice(2) + emptySettings]) {
    await new Promise((resolve) => client.socket.write(part, "latin1", resolve));
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
  // The server's own SETTINGS frame, then its ACK of ours.
  await client.has("\0\0\0\x04\x01\0\0\0\0");
});

test("a peer that says nothing, or one byte, is cut off", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion, { headerTimeoutMs: 100 });
  const silent = await connectRaw(context, port);
  const single = await connectRaw(context, port);
  single.socket.write("P");
  await Promise.all([silent.closed, single.closed]);
});

test("a header that never ends is cut off with 408", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion, { headerTimeoutMs: 100 });
  const client = await connectRaw(context, port);
  client.socket.write("GET / HTTP/1.1\r\nhost: a\r\nx-slow: ");
  await client.closed;
  assert.match(client.received(), /^HTTP\/1\.1 408 /);
});

test("a body that never ends is cut off", TIMEOUT, async (context) => {
  const options = { headerTimeoutMs: 100, requestTimeoutMs: 200 };
  const { port } = await startPort(context, (request) => request.resume(), options);
  const client = await connectRaw(context, port);
  client.socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nx");
  await client.closed;
});

test("more connections than allowed are closed at once", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion, { connectionsMax: 1 });
  await connectRaw(context, port);
  const second = await connectRaw(context, port);
  await second.closed;
});

test("a writer that waits for drain is woken when its peer goes", TIMEOUT, async (context) => {
  for (const kind of ["http1", "http2"]) {
    let writes = 0;
    let left = false;
    let woken = false;
    const { port } = await startPort(context, (_request, response) => {
      const chunk = Buffer.alloc(1 << 20);
      const write = (): void => {
        woken = left;
        if (left) return;
        writes += 1;
        if (response.write(chunk)) setImmediate(write);
        else response.once("drain", write);
      };
      write();
    });
    let leave: () => void;
    if (kind === "http1") {
      const { socket } = await connectRaw(context, port);
      socket.pause();
      socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      leave = () => socket.destroy();
    } else {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      session.request({ ":path": "/" }).on("error", () => {});
      leave = () => session.destroy();
    }
    await until(() => writes > 0);
    for (let before = 0, still = 0; still < 200; before = writes) {
      await turn();
      still = writes === before ? still + 1 : 0;
    }
    left = true;
    leave();
    await until(() => woken);
  }
});

test(
  "close lets an answer finish, sends idle peers away and then resolves",
  TIMEOUT,
  async (context) => {
    let finish: (() => void) | undefined;
    const front = await startPort(context, (_request, response) => {
      finish = () => response.end("done");
    });
    const idle = await connectRaw(context, front.port);
    const busy = await connectRaw(context, front.port);
    busy.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const session = http2.connect(`http://127.0.0.1:${front.port}`);
    await once(session, "remoteSettings");
    await until(() => finish !== undefined);
    const goaway = once(session, "goaway");
    const closed = front.close(60_000);
    await idle.closed;
    await goaway;
    finish?.();
    await busy.has("done");
    await closed;
  },
);

test("close cuts off what outlives its grace", TIMEOUT, async (context) => {
  let asked = false;
  const front = await startPort(context, () => {
    asked = true;
  });
  const client = await connectRaw(context, front.port);
  client.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await until(() => asked);
  await front.close(20);
  await client.closed;
});

test("a taken port is an error, not a crash", TIMEOUT, async (context) => {
  const front = await startPort(context, sayVersion);
  await assert.rejects(startPort(context, sayVersion, { port: front.port }), /EADDRINUSE/);
});
