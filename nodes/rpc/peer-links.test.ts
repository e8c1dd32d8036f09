// Proves the real links over real sockets: each pair has one, in order or down; what is cut,
// delayed or not read breaks the link instead of its promises; and nothing waits in memory without
// bound.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { createEnvelopeReader, encodeEnvelope } from "./envelope.js";
import { decodeFrame, encodeHello } from "./peer-codec.js";
import {
  createLinkedNode,
  helloOf,
  type LinkedNode,
  openExchange,
  peerConfig,
  pong,
} from "./peer-rig.testing.js";

const CLEAR = { cutIn: false, cutOut: false, delayMs: 0 };

/** node1 and node2 of a pair, linked. */
async function linkedPair(t: TestContext): Promise<[LinkedNode, LinkedNode]> {
  const config = await peerConfig(2);
  const one = await createLinkedNode(config, "node1");
  t.after(() => one.links.close());
  const two = await createLinkedNode(config, "node2");
  t.after(() => two.links.close());
  await one.until("link", () => one.events.includes("up node2"));
  await two.until("link", () => two.events.includes("up node1"));
  return [one, two];
}

function numbersFrom(node: LinkedNode, peer: string): number[] {
  const prefix = `${peer} pong `;
  return node.events
    .filter((event) => event.startsWith(prefix))
    .map((event) => Number(event.slice(prefix.length)));
}

test("each pair of nodes has one link, whoever started first", async (t) => {
  const config = await peerConfig(3);
  const nodes: LinkedNode[] = [];
  for (const { id } of [...config.nodes].reverse()) {
    const node = await createLinkedNode(config, id);
    t.after(() => node.links.close());
    nodes.push(node);
  }
  for (const node of nodes) {
    await node.until("links to both", () => node.links.connected().length === 2);
    assert.equal(node.events.filter((event) => event.startsWith("up")).length, 2);
  }
});

test("frames arrive in order, both ways", async (t) => {
  const [one, two] = await linkedPair(t);
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  for (const n of numbers) {
    one.links.send("node2", [pong(n)]);
    two.links.send("node1", [pong(n)]);
  }
  await two.until("last frame", () => numbersFrom(two, "node1").length === 500);
  await one.until("last frame", () => numbersFrom(one, "node2").length === 500);
  assert.deepEqual(numbersFrom(two, "node1"), numbers);
  assert.deepEqual(numbersFrom(one, "node2"), numbers);
});

test("a frame too long for one piece arrives whole and in order", async (t) => {
  const [one, two] = await linkedPair(t);
  const text = "x".repeat(400_000);
  const chunks = [0, 1, 2, 3].map(
    (index) => ({ t: "snapChunk", attempt: 1, index, text }) as const,
  );
  one.links.send("node2", [...chunks, pong(9)]);
  await two.until("last message", () => two.events.at(-1) === "node1 pong 9");
  assert.equal(two.events.filter((event) => event === "node1 snapChunk").length, 4);
});

test("a peer that goes is noticed, and linked again when it comes back", async (t) => {
  const config = await peerConfig(2);
  const one = await createLinkedNode(config, "node1");
  t.after(() => one.links.close());
  const two = await createLinkedNode(config, "node2");
  await one.until("link", () => one.events.includes("up node2"));
  two.links.close();
  await one.until("end of the link", () => one.events.includes("down node2"));
  assert.deepEqual(one.links.connected(), []);
  one.links.send("node2", [pong(1)]);
  const again = await createLinkedNode(config, "node2");
  t.after(() => again.links.close());
  await one.until(
    "new link",
    () => one.events.filter((event) => event === "up node2").length === 2,
  );
  one.links.send("node2", [pong(2)]);
  await again.until("frame", () => numbersFrom(again, "node1").length === 1);
  assert.deepEqual(numbersFrom(again, "node1"), [2], "what was said to nobody is lost");
});

test("a cut loses frames in silence, and what is healed after a loss begins anew", async (t) => {
  const [one, two] = await linkedPair(t);
  one.links.setFault("node2", { ...CLEAR, cutOut: true });
  one.links.send("node2", [pong(1)]);
  two.links.send("node1", [pong(2)]);
  await one.until("frame", () => numbersFrom(one, "node2").length === 1);
  assert.deepEqual(one.links.connected(), ["node2"], "nobody is told of a cut");
  one.links.setFault("node2", CLEAR);
  await two.until(
    "new link",
    () => two.events.filter((event) => event === "up node1").length === 2,
  );
  one.links.send("node2", [pong(3)]);
  await two.until("frame", () => numbersFrom(two, "node1").length === 1);
  assert.deepEqual(numbersFrom(two, "node1"), [3]);
  assert.deepEqual(two.events.slice(0, 3), ["up node1", "down node1", "up node1"]);
});

test("incoming frames are cut as well", async (t) => {
  const [one, two] = await linkedPair(t);
  two.links.setFault("node1", { ...CLEAR, cutIn: true });
  one.links.send("node2", [pong(1)]);
  two.links.send("node1", [pong(2)]);
  await one.until("frame", () => numbersFrom(one, "node2").length === 1);
  // After a second round trip the first frame has certainly been read, and dropped.
  two.links.send("node1", [pong(2)]);
  await one.until("frame", () => numbersFrom(one, "node2").length === 2);
  two.links.setFault("node1", CLEAR);
  await one.until(
    "new link",
    () => one.events.filter((event) => event === "up node2").length === 2,
  );
  one.links.send("node2", [pong(3)]);
  await two.until("frame", () => numbersFrom(two, "node1").length === 1);
  assert.deepEqual(numbersFrom(two, "node1"), [3]);
});

test("a cut that lost nothing leaves the link as it is", async (t) => {
  const [one, two] = await linkedPair(t);
  one.links.setFault("node2", { ...CLEAR, cutOut: true });
  one.links.setFault("node2", CLEAR);
  one.links.send("node2", [pong(1)]);
  await two.until("frame", () => numbersFrom(two, "node1").length === 1);
  assert.deepEqual(two.events, ["up node1", "node1 pong 1"]);
});

test("while a direction is cut no new link comes about", async (t) => {
  const config = await peerConfig(2);
  const two = await createLinkedNode(config, "node2");
  t.after(() => two.links.close());
  two.links.setFault("node1", { ...CLEAR, cutIn: true });
  const stream = await openExchange(config.nodes[1]?.peerPort ?? 0);
  stream.write(encodeEnvelope(encodeHello(helloOf(config, "node1", "node2"))));
  await new Promise((resolve) => stream.resume().once("close", resolve));
  assert.deepEqual(two.events, []);
});

test("a delay keeps the order, also when it is taken back", async (t) => {
  const [one, two] = await linkedPair(t);
  let nowMs = 0;
  one.nowMs = () => nowMs;
  one.links.setFault("node2", { ...CLEAR, delayMs: 5 });
  one.links.send("node2", [pong(1)]);
  one.links.send("node2", [pong(2)]);
  one.links.setFault("node2", CLEAR);
  one.links.send("node2", [pong(3)]);
  assert.deepEqual(two.events, ["up node1"]);
  nowMs = 5;
  await two.until("frames", () => numbersFrom(two, "node1").length === 3);
  one.links.send("node2", [pong(4)]);
  await two.until("frame", () => numbersFrom(two, "node1").length === 4);
  assert.deepEqual(numbersFrom(two, "node1"), [1, 2, 3, 4]);
});

test("while paused nothing is read, and nothing is lost", async (t) => {
  const [one, two] = await linkedPair(t);
  two.links.setPaused(true);
  one.links.send("node2", [pong(1)]);
  // node2 still speaks: its frame has come, so node1's had its chance.
  two.links.send("node1", [pong(9)]);
  await one.until("frame", () => numbersFrom(one, "node2").length === 1);
  assert.deepEqual(numbersFrom(two, "node1"), []);
  two.links.setPaused(false);
  one.links.send("node2", [pong(2)]);
  await two.until("frames", () => numbersFrom(two, "node1").length === 2);
});

test("a peer that does not read loses its link instead of filling memory", async (t) => {
  const config = await peerConfig(2);
  const two = await createLinkedNode(config, "node2");
  t.after(() => two.links.close());
  const stream = await openExchange(config.nodes[1]?.peerPort ?? 0);
  t.after(() => stream.destroy());
  stream.pause();
  stream.write(encodeEnvelope(encodeHello(helloOf(config, "node1", "node2"))));
  await two.until("link", () => two.events.includes("up node1"));
  const text = "x".repeat(7_000_000);
  const big = { t: "snapChunk", attempt: 1, index: 0, text } as const;
  for (let sent = 0; sent < 20 && two.links.connected().length > 0; sent++) {
    two.links.send("node1", [big]);
  }
  assert.deepEqual(two.events, ["up node1", "down node1"]);
  assert.match(String(two.warnings[0]?.why), /it does not read/);
});

test("a peer's new life replaces its old link", async (t) => {
  const config = await peerConfig(2);
  const two = await createLinkedNode(config, "node2");
  t.after(() => two.links.close());
  const port = config.nodes[1]?.peerPort ?? 0;
  const hello = encodeEnvelope(encodeHello(helloOf(config, "node1", "node2")));
  const old = await openExchange(port);
  old.write(hello);
  await two.until("link", () => two.events.length === 1);
  const young = await openExchange(port);
  t.after(() => young.destroy());
  const heard: string[] = [];
  const read = createEnvelopeReader(1000, (_flags, bytes) => heard.push(decodeFrame(bytes).kind));
  young.on("data", read);
  young.write(hello);
  await two.until("new link", () => two.events.length === 3);
  assert.deepEqual(two.events, ["up node1", "down node1", "up node1"]);
  await new Promise((resolve) => old.resume().once("close", resolve));
  assert.deepEqual(two.links.connected(), ["node1"]);
});
