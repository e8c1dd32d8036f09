// Proves that every kind of peer message comes back from its bytes as it was, that a message is
// encoded once for all its receivers, and that no bytes, however arbitrary or damaged, throw or
// yield an entry whose chain value does not fit its text.
import assert from "node:assert/strict";
import test from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ExchangeRequestSchema, PeerMessageSchema } from "../../gen/zabble/v1/peer_pb.js";
import { chainCrc } from "../store/chain.js";
import { follows } from "../zab/log.js";
import { COUNTER_MAX, zxidOf } from "../zab/zxid.js";
import { type DecodedFrame, decodeFrame, encodeFrame, encodeHello } from "./peer-codec.js";
import type { PeerMessage } from "./peer-message.js";
import { anyMessage, anyMessageOf, MESSAGE_KINDS } from "./peer-messages.testing.js";

const HELLO = {
  clusterId: "zabble",
  membershipHash: "0123456789abcdef",
  from: "node1",
  to: "node2",
  protocolVersion: 1,
  incarnation: "one",
};

/** Without what the generated messages add for their own use. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const own = Object.entries(value).filter(([key]) => !key.startsWith("$"));
  return Object.fromEntries(own.map(([key, inner]) => [key, plain(inner)]));
}

function decoded(bytes: Uint8Array): readonly PeerMessage[] {
  const frame = decodeFrame(bytes);
  return frame.kind === "messages" ? frame.messages : assert.fail(`it is a ${frame.kind}`);
}

for (const kind of MESSAGE_KINDS) {
  test(`${kind} comes back as it was`, () => {
    fc.assert(
      fc.property(anyMessageOf(kind), (message) => {
        const [back] = decoded(Buffer.concat(encodeFrame([message])));
        assert.deepEqual(plain(back), plain(message));
      }),
      { numRuns: 200 },
    );
  });
}

test("a frame keeps its messages in order", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 8 }), (messages) => {
      const back = decoded(Buffer.concat(encodeFrame(messages)));
      assert.deepEqual(plain(back), plain(messages));
    }),
  );
});

test("a frame is an ExchangeRequest like the library's own", () => {
  const ping: PeerMessage = { t: "ping", epoch: 3, n: 300, commit: zxidOf(3, 7) };
  const commit: PeerMessage = { t: "commit", epoch: 3, zxid: zxidOf(3, 8) };
  const library = create(ExchangeRequestSchema, {
    messages: [
      { message: { case: "ping", value: { epoch: 3, n: 300n, commit: zxidOf(3, 7) } } },
      { message: { case: "commit", value: { epoch: 3, zxid: zxidOf(3, 8) } } },
    ],
  });
  const bytes = Buffer.concat(encodeFrame([ping, commit]));
  assert.deepEqual(bytes, Buffer.from(toBinary(ExchangeRequestSchema, library)));
});

test("a message longer than a short length prefix comes back", () => {
  for (const length of [100, 127, 128, 16_383, 16_384, 3_000_000]) {
    const message: PeerMessage = { t: "snapChunk", attempt: 1, index: 0, text: "x".repeat(length) };
    assert.deepEqual(decoded(Buffer.concat(encodeFrame([message]))), [message]);
  }
});

test("the same message is encoded once, whoever gets it", () => {
  const message: PeerMessage = { t: "pong", epoch: 1, n: 1 };
  const [, first] = encodeFrame([message]);
  const [, , , again] = encodeFrame([{ t: "pong", epoch: 1, n: 2 }, message]);
  assert.equal(again, first);
  const [, equal] = encodeFrame([{ ...message }]);
  assert.notEqual(equal, first, "an equal one is another");
});

test("hello comes alone", () => {
  const hello = Buffer.concat(encodeHello(HELLO));
  const frame = decodeFrame(hello);
  assert.ok(frame.kind === "hello");
  assert.deepEqual(plain(frame.hello), HELLO);
  const pong = Buffer.concat(encodeFrame([{ t: "pong", epoch: 1, n: 1 }]));
  assert.equal(decodeFrame(Buffer.concat([hello, pong])).kind, "malformed");
  assert.equal(decodeFrame(Buffer.concat([pong, hello])).kind, "malformed");
});

/** What must hold of whatever comes out of a decoder, whatever went in. */
function assertSound(frame: DecodedFrame): void {
  if (frame.kind !== "messages") return;
  for (const msg of frame.messages) {
    if (msg.t !== "propose") continue;
    assert.ok(msg.entries.length > 0);
    let { prev, prevCrc } = msg;
    for (const { zxid, text, crc } of msg.entries) {
      assert.ok(follows(prev, zxid), "a gap");
      assert.equal(crc, chainCrc(text, prevCrc), "a chain value that does not fit");
      prev = zxid;
      prevCrc = crc;
    }
  }
}

test("arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assertSound(decodeFrame(bytes))),
    { numRuns: 5000 },
  );
});

const anyDamage = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), {
  minLength: 1,
  maxLength: 3,
});

test("damaged bytes never throw, and never bring an entry that does not fit", () => {
  const anyProposal = fc.oneof(anyMessage, anyMessageOf("propose"));
  fc.assert(
    fc.property(
      fc.array(anyProposal, { minLength: 1, maxLength: 3 }),
      anyDamage,
      (sent, damage) => {
        const bytes = Buffer.concat(encodeFrame(sent));
        for (const { at, to } of damage) bytes.writeUInt8(to, at % bytes.length);
        assertSound(decodeFrame(bytes));
        assertSound(decodeFrame(bytes.subarray(0, (damage[0]?.at ?? 0) % bytes.length)));
      },
    ),
    { numRuns: 3000 },
  );
});

test("a proposal whose text was changed on the way is malformed", () => {
  fc.assert(
    fc.property(anyMessageOf("propose"), (message) => {
      const [, bytes = new Uint8Array()] = encodeFrame([message]);
      const wire = fromBinary(PeerMessageSchema, bytes);
      assert.ok(wire.message.case === "propose");
      wire.message.value.texts[0] += "!";
      const changed = toBinary(
        ExchangeRequestSchema,
        create(ExchangeRequestSchema, { messages: [wire] }),
      );
      assert.equal(decodeFrame(changed).kind, "malformed");
    }),
  );
});

type WireFields = { readonly case: "propose" | "sync" | "notify" | "forwardReply" | "gossip" };

const MALFORMED: readonly (readonly [string, WireFields & { readonly value: object }])[] = [
  ["a proposal of nothing", { case: "propose", value: { prev: 0n, first: zxidOf(1, 0) } }],
  [
    "a proposal behind a gap",
    { case: "propose", value: { prev: zxidOf(1, 1), first: zxidOf(1, 3), texts: [""] } },
  ],
  [
    "a proposal beyond the last counter",
    {
      case: "propose",
      value: { prev: zxidOf(1, COUNTER_MAX - 1), first: zxidOf(1, COUNTER_MAX), texts: ["", ""] },
    },
  ],
  ["a sync without a mode", { case: "sync", value: { epoch: 1 } }],
  ["a sync of an unknown mode", { case: "sync", value: { epoch: 1, mode: 9 } }],
  ["a snapshot without chunks", { case: "sync", value: { epoch: 1, mode: 3 } }],
  ["a vote without a role", { case: "notify", value: { leader: "node1" } }],
  ["an answer without an outcome", { case: "forwardReply", value: { requestId: "r1" } }],
  [
    "a refusal without a reason",
    { case: "forwardReply", value: { outcome: { case: "refused", value: { message: "No." } } } },
  ],
  ["a status without a phase", { case: "gossip", value: { nodeId: "node1" } }],
];

for (const [what, { case: kind, value }] of MALFORMED) {
  test(`${what} is malformed`, () => {
    const messages = [{ message: { case: kind, value } }] as never;
    const bytes = toBinary(ExchangeRequestSchema, create(ExchangeRequestSchema, { messages }));
    assert.equal(decodeFrame(bytes).kind, "malformed");
  });
}

test("a message of no known kind is malformed", () => {
  assert.equal(decodeFrame(Uint8Array.of(0x0a, 0x00)).kind, "malformed");
  // Field 31, a kind that a later version may have.
  assert.equal(decodeFrame(Uint8Array.of(0x0a, 0x03, 0xfa, 0x01, 0x00)).kind, "malformed");
});
