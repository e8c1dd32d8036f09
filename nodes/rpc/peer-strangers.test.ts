// Proves that whoever is not a node of this cluster is dropped from the peer port, counted, and
// complained about once a minute, whatever it says and however it says it; a link that stands is
// not disturbed by any of it.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { encodeEnvelope } from "./envelope.js";
import { encodeFrame, encodeHello } from "./peer-codec.js";
import { EXCHANGE_PATH } from "./peer-port.js";
import {
  createLinkedNode,
  ended,
  helloOf,
  type LinkedNode,
  openExchange,
  peerConfig,
  pong,
} from "./peer-rig.testing.js";
import type { HelloFields } from "./peer-stream.js";

interface Rig {
  /** node2, which node1 dials. Its complaints are about the strangers of the test alone. */
  readonly node: LinkedNode;
  readonly port: number;
  readonly hello: HelloFields;
}

async function createRig(t: TestContext): Promise<Rig> {
  const config = await peerConfig(3);
  const node = await createLinkedNode(config, "node2");
  t.after(() => node.links.close());
  const hello = helloOf(config, "node1", "node2");
  return { node, port: config.nodes[1]?.peerPort ?? 0, hello };
}

async function sayAndEnd(port: number, ...said: readonly Uint8Array[]): Promise<void> {
  const stream = await openExchange(port);
  for (const bytes of said) stream.write(bytes);
  await ended(stream);
}

function greeting(hello: HelloFields): Buffer {
  return encodeEnvelope(encodeHello(hello));
}

const OTHERS: readonly (readonly [string, Partial<HelloFields>, RegExp])[] = [
  ["another cluster", { clusterId: "elsewhere" }, /another cluster/],
  ["another membership", { membershipHash: "0000" }, /another membership/],
  ["another protocol version", { protocolVersion: 2 }, /another protocol version/],
  ["an unknown node", { from: "node9" }, /an unknown node/],
  ["this node itself", { from: "node2" }, /an unknown node/],
  ["one who calls another node", { to: "node3" }, /meant for another node/],
  ["a node that is to be called instead", { from: "node3" }, /the wrong way round/],
];

for (const [who, fields, why] of OTHERS) {
  test(`${who} is dropped after its hello`, async (t) => {
    const { node, port, hello } = await createRig(t);
    await sayAndEnd(port, greeting({ ...hello, ...fields }));
    assert.equal(node.links.strangers, 1);
    assert.match(String(node.warnings[0]?.why), why);
    assert.deepEqual(node.events, []);
  });
}

const MISBEHAVIOUR: readonly (readonly [
  string,
  (hello: Buffer) => readonly Uint8Array[],
  RegExp,
])[] = [
  ["speaks before its hello", () => [encodeEnvelope(encodeFrame([pong(1)]))], /before the hello/],
  ["says hello twice", (hello) => [hello, hello], /a second hello/],
  ["announces a giant frame", (hello) => [hello, Buffer.from([0, 255, 255, 255, 255])], /too long/],
  ["sends an unknown flag", (hello) => [hello, encodeEnvelope([], 4)], /unknown flags 4/],
  ["sends no message", (hello) => [hello, encodeEnvelope([Buffer.from([7])])], /malformed frame/],
  ["sends garbage", () => [Buffer.from("\u0000\u0000\u0000\u0000\u0003abc")], /malformed frame/],
];

for (const [what, say, why] of MISBEHAVIOUR) {
  test(`one who ${what} is dropped`, async (t) => {
    const { node, port, hello } = await createRig(t);
    await sayAndEnd(port, ...say(greeting(hello)));
    await node.until("complaint", () => node.warnings.length === 1);
    assert.match(String(node.warnings[0]?.why), why);
    assert.deepEqual(node.links.connected(), []);
  });
}

test("one who hangs up without a word is no stranger, and leaves nothing behind", async (t) => {
  const { node, port, hello } = await createRig(t);
  const stream = await openExchange(port);
  stream.destroy();
  await ended(stream);
  // Once a good link is up, the earlier stream has certainly been seen to the end.
  const good = await openExchange(port);
  t.after(() => good.destroy());
  good.write(greeting(hello));
  await node.until("link", () => node.events.includes("up node1"));
  assert.equal(node.links.strangers, 0);
});

test("bytes that are not HTTP/2 end their connection", async (t) => {
  const { node, port } = await createRig(t);
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.end("\u0016\u0003\u0001 this is not HTTP/2 at all, and long enough to be seen as such\n");
  await once(socket.resume(), "close");
  await node.until("complaint", () => node.warnings.length === 1);
  assert.match(String(node.warnings[0]?.why), /does not speak HTTP\/2/);
});

test("an HTTP/1 request ends its connection", async (t) => {
  const { node, port } = await createRig(t);
  const request = http.get({ port, host: "127.0.0.1", path: "/", agent: false });
  await assert.rejects(once(request, "response"));
  await node.until("complaint", () => node.links.strangers > 0);
});

const REQUESTS: readonly (readonly [string, http2.OutgoingHttpHeaders, number])[] = [
  ["another path", { ":path": "/", "content-type": "application/connect+proto" }, 404],
  ["another encoding", { ":path": EXCHANGE_PATH, "content-type": "application/grpc" }, 415],
  ["no encoding", { ":path": EXCHANGE_PATH }, 415],
];

for (const [what, headers, expected] of REQUESTS) {
  test(`a request for ${what} is answered ${expected}`, async (t) => {
    const { node, port } = await createRig(t);
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const request = session.request({ ":method": "POST", ...headers });
    const [{ ":status": status }] = await once(request, "response");
    session.close();
    assert.equal(status, expected);
    assert.equal(node.links.strangers, 1);
  });
}

test("arbitrary bytes never end the node, and never get through", async (t) => {
  const { node, port, hello } = await createRig(t);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.uint8Array({ minLength: 5, maxLength: 60 }), { minLength: 1, maxLength: 4 }),
      async (greets, chunks) => {
        const stream = await openExchange(port);
        if (greets) stream.write(greeting(hello));
        for (const chunk of chunks) stream.write(chunk);
        stream.end();
        await ended(stream);
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(node.events.every((event) => event === "up node1" || event === "down node1"));
});

test("all strangers are counted, and each kind is mentioned once a minute", async (t) => {
  const { node, port, hello } = await createRig(t);
  let nowMs = 0;
  node.nowMs = () => nowMs;
  const foreign = (clusterId: string) => sayAndEnd(port, greeting({ ...hello, clusterId }));
  await foreign("one");
  await foreign("two");
  nowMs = 59_999;
  await foreign("three");
  await sayAndEnd(port, greeting({ ...hello, from: "node9" }));
  assert.deepEqual(
    node.warnings.map(({ dropped }) => dropped),
    [1, 4],
  );
  nowMs = 60_000;
  await foreign("four");
  assert.deepEqual(node.warnings[2], { why: "another cluster: node1 of four", dropped: 5 });
});

test("a stranger's long words are cut before they reach the log", async (t) => {
  const { node, port, hello } = await createRig(t);
  await sayAndEnd(port, greeting({ ...hello, clusterId: "x".repeat(5000) }));
  assert.ok(String(node.warnings[0]?.why).length < 120);
});

test("a link that stands is not disturbed by strangers", async (t) => {
  const { node, port, hello } = await createRig(t);
  const good = await openExchange(port);
  t.after(() => good.destroy());
  good.write(greeting(hello));
  await node.until("link", () => node.events.includes("up node1"));
  await sayAndEnd(port, greeting({ ...hello, clusterId: "elsewhere" }));
  await sayAndEnd(port, Buffer.from([0, 255, 255, 255, 255]));
  good.write(encodeEnvelope(encodeFrame([pong(5)])));
  await node.until("frame", () => node.events.length === 2);
  assert.deepEqual(node.events, ["up node1", "node1 pong 5"]);
});
