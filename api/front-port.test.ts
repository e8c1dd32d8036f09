// Proves that one port serves HTTP/1.1 and HTTP/2 however the first bytes are cut, that peers who
// dawdle are cut off, that a writer never waits for a connection that is gone, and that close lets
// running answers finish.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { test } from "node:test";
import type { FrontPortOptions } from "./front-port.js";
import { startPort } from "./front-port.testing.js";
import { connectRaw, turn, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };

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

test("one address has its share of connections, and gets it back", TIMEOUT, async (context) => {
  const refused: string[] = [];
  const options: Partial<FrontPortOptions> = {
    connectionsPerAddressMax: 2,
    onRefused: (kind) => refused.push(kind),
  };
  const { port } = await startPort(context, sayVersion, options);
  const first = await connectRaw(context, port);
  await connectRaw(context, port);
  await (await connectRaw(context, port)).closed;
  const other = await connectRaw(context, port, "127.0.0.2");
  assert.deepEqual(refused, ["connection"]);
  first.socket.destroy();
  for (let served = false; !served; ) {
    const again = await connectRaw(context, port);
    again.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    served = await Promise.race([
      again.has("version").then(() => true),
      again.closed.then(() => false),
    ]);
  }
  other.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await other.has("version");
});

test("connections beyond the total are counted as refused", TIMEOUT, async (context) => {
  const refused: string[] = [];
  const { port } = await startPort(context, sayVersion, {
    connectionsMax: 1,
    onRefused: (kind) => refused.push(kind),
  });
  await connectRaw(context, port);
  await (await connectRaw(context, port)).closed;
  await until(() => refused.length === 1);
});

test("headers over 16 KiB are refused with 431 on HTTP/1.1", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion);
  const get = async (bytes: number): Promise<string> => {
    const client = await connectRaw(context, port);
    const filler = "x".repeat(bytes);
    client.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx-filler: ${filler}\r\n\r\n`);
    await client.has("\r\n\r\n");
    return client.received().slice(0, 12);
  };
  assert.equal(await get(15_000), "HTTP/1.1 200");
  assert.equal(await get(17_000), "HTTP/1.1 431");
});

test("too large or too many headers reset their HTTP/2 stream alone", TIMEOUT, async (context) => {
  const { port } = await startPort(context, sayVersion);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  context.after(() => session.destroy());
  // Until a client has heard of the limit, HTTP/2's usual one of 64 KiB holds.
  await once(session, "remoteSettings");
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`x-${i}`, "1"]));
  for (const headers of [{ "x-filler": "x".repeat(17_000) }, many]) {
    const stream = session.request({ ":path": "/", ...headers });
    stream.on("error", () => {});
    await new Promise((resolve) => stream.once("close", resolve));
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
  const fine = session.request({ ":path": "/", "x-filler": "x".repeat(10_000) });
  const [answer] = await once(fine, "response");
  assert.equal(answer[":status"], 200);
});

test(
  "an HTTP/2 session without streams is told to go, one with a stream stays",
  TIMEOUT,
  async (t) => {
    const { port } = await startPort(
      t,
      (request, response) => {
        if (request.url === "/open") response.write("open");
        else response.end("done");
      },
      { idleSessionMs: 60 },
    );
    const idle = http2.connect(`http://127.0.0.1:${port}`);
    const used = http2.connect(`http://127.0.0.1:${port}`);
    const busy = http2.connect(`http://127.0.0.1:${port}`);
    t.after(() => busy.destroy());
    const open = busy.request({ ":path": "/open" });
    await once(open, "data");
    const goaway = Promise.all([once(idle, "goaway"), once(used, "goaway")]);
    used.request({ ":path": "/" }).resume();
    await Promise.all([goaway, once(idle, "close"), once(used, "close")]);
    const second = busy.request({ ":path": "/open" });
    await once(second, "data");
    assert.equal(busy.closed, false);
    const late = once(busy, "goaway");
    for (const stream of [open, second]) stream.close();
    await late;
  },
);

test(
  "an HTTP/2 peer that begins and says no more, or not all of a header, is cut off",
  TIMEOUT,
  async (t) => {
    const { port } = await startPort(t, sayVersion, { idleSessionMs: 60 });
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const emptySettings = "\0\0\0\x04\0\0\0\0\0";
    // HEADERS of stream 1 with one byte and without END_HEADERS: it must be continued.
    const halfHeader = "\0\0\x01\x01\0\0\0\0\x01\x82";
    for (const start of [preface, preface + emptySettings, preface + emptySettings + halfHeader]) {
      const client = await connectRaw(t, port);
      client.socket.write(start, "latin1");
      await client.closed;
    }
  },
);

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

test(
  "a request that was half sent at the close is answered, and is the last",
  TIMEOUT,
  async (t) => {
    const front = await startPort(t, sayVersion);
    const client = await connectRaw(t, front.port);
    client.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await client.has("version");
    client.socket.write("GET / HTTP/1.1\r\nhost: a\r\n");
    for (let turns = 0; turns < 50; turns += 1) await turn();
    const closed = front.close(60_000);
    client.socket.write("\r\n");
    await client.closed;
    assert.match(client.received(), /connection: close\r\n[\s\S]*version 1\.1$/i);
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
