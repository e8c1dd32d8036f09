// Proves over real sockets that the peer port answers no stranger and outlives every one of them:
// a hello in which anything is wrong, and connections that speak HTTP/2 brokenly or not at all.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { anyBytes, anyText } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { encodeEnvelope } from "./envelope.js";
import { encodeHello } from "./peer-codec.js";
import { createLinkedNode, ended, helloOf, openExchange, peerConfig } from "./peer-rig.testing.js";

/** A stranger who is let in is waited for in vain. */
const LIMIT = { timeout: 60_000 };

/** node2 of three, which node1 dials and nobody else. */
async function startNode(t: TestContext) {
  const config = await peerConfig(3);
  const node = await createLinkedNode(config, "node2");
  t.after(() => node.links.close());
  const port = config.nodes[1]?.peerPort ?? 0;
  const hello = helloOf(config, "node1", "node2");
  return { node, port, hello };
}

/** Only node1, saying what it should, gets in. */
async function assertServes({ node, port, hello }: Awaited<ReturnType<typeof startNode>>) {
  const stream = await openExchange(port);
  stream.write(encodeEnvelope(encodeHello(hello)));
  await node.until("link", () => node.events.includes("up node1"));
  stream.destroy();
}

test("a hello in which anything is wrong is dropped, and counted", LIMIT, async (t) => {
  const rig = await startNode(t);
  const { node, port, hello } = rig;
  const right = <T>(value: T) => ({ weight: 3, arbitrary: fc.constant(value) });
  const anyHello = fc.record({
    clusterId: fc.oneof(right(hello.clusterId), anyText),
    membershipHash: fc.oneof(right(hello.membershipHash), anyText),
    from: fc.oneof(right("node1"), fc.constantFrom("node2", "node3", "__proto__", ""), anyText),
    to: fc.oneof(right("node2"), fc.constantFrom("node1", "node3"), anyText),
    protocolVersion: fc.oneof(right(1), fc.nat({ max: 0xffff_ffff })),
    incarnation: anyText,
  });
  await fc.assert(
    fc.asyncProperty(anyHello, async (said) => {
      const { incarnation: _1, to, ...rest } = said;
      const { incarnation: _2, to: own, ...known } = hello;
      // Whoever does not know whom it called may say so.
      const isRight = (to === own || to === "") && JSON.stringify(rest) === JSON.stringify(known);
      fc.pre(!isRight);
      const before = node.links.strangers;
      const stream = await openExchange(port);
      stream.write(encodeEnvelope(encodeHello(said)));
      await ended(stream);
      assert.equal(node.links.strangers, before + 1);
    }),
    fuzzed(import.meta.url, 80),
  );
  assert.deepEqual(node.events, []);
  await assertServes(rig);
});

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A frame of HTTP/2, of any kind, with whatever in it. */
const anyHttp2Frame = fc
  .record({
    type: fc.nat({ max: 12 }),
    flags: fc.nat({ max: 255 }),
    stream: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 0xffff_ffff })),
    length: fc.option(fc.nat({ max: 0xff_ffff })),
    payload: fc.uint8Array({ maxLength: 60 }),
  })
  .map(({ type, flags, stream, length, payload }) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(length ?? payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });

test("connections that speak HTTP/2 brokenly, or not at all, end", LIMIT, async (t) => {
  const rig = await startNode(t);
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const anySaid = fc.oneof(
    fc.array(anyHttp2Frame, { maxLength: 6 }).map((frames) => [PREFACE, settings, ...frames]),
    anyBytes.map((bytes) => [bytes]),
    anyBytes.map((bytes) => [PREFACE, bytes]),
  );
  async function sayAndEnd(said: readonly Uint8Array[]): Promise<void> {
    const socket = net.connect(rig.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end(Buffer.concat(said));
    await once(socket.resume(), "close");
  }

  // Many at once: some of them are only given up when their time is over.
  const anyCrowd = fc.array(anySaid, { minLength: 100, maxLength: 100, size: "max" });
  await fc.assert(
    fc.asyncProperty(anyCrowd, async (crowd) => {
      await Promise.all(crowd.map(sayAndEnd));
    }),
    fuzzed(import.meta.url, 1),
  );
  assert.deepEqual(rig.node.events, []);
  await assertServes(rig);
});
