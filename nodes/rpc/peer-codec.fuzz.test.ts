// Proves that no frame on the peer port, however damaged or forged, does more than be refused: what
// is decoded can be said again and means the same, for a node echoes numbers and hands entries on;
// and what a frame costs in memory stays in proportion to its bytes.
import assert from "node:assert/strict";
import test from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ExchangeRequestSchema, PeerMessageSchema } from "../../gen/zabble/v1/peer_pb.js";
import { anyMessageOf } from "../../test/any-message.testing.js";
import { anyBytes, damaged } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { retainedBytes } from "../../test/heap.testing.js";
import { decodeFrame, encodeFrame } from "./peer-codec.js";
import { anyMessage } from "./peer-messages.testing.js";

const RUNS = 1000;

const anyFrame = fc
  .array(anyMessage, { minLength: 1, maxLength: 4 })
  .map((messages) => Buffer.concat(encodeFrame(messages)));

/** Well formed for protobuf and nothing more: no sound peer says such things. */
const anyForgedFrame = fc
  .array(anyMessageOf(PeerMessageSchema), { minLength: 1, maxLength: 3 })
  .map((messages) => toBinary(ExchangeRequestSchema, create(ExchangeRequestSchema, { messages })));

function assertSayable(bytes: Uint8Array): void {
  const frame = decodeFrame(bytes);
  if (frame.kind === "malformed") assert.notEqual(frame.why, "");
  if (frame.kind !== "messages") return;
  const said = Buffer.concat(encodeFrame(frame.messages));
  const again = decodeFrame(said);
  assert.ok(again.kind === "messages");
  assert.deepEqual(Buffer.concat(encodeFrame(again.messages)), said);
}

test("arbitrary bytes are refused, or say what can be said again", () => {
  fc.assert(fc.property(anyBytes, assertSayable), fuzzed(import.meta.url, RUNS));
});

test("damaged frames are refused, or say what can be said again", () => {
  fc.assert(
    fc.property(damaged(anyFrame), ({ after }) => assertSayable(after)),
    fuzzed(import.meta.url, RUNS),
  );
});

test("forged frames are refused, or say what can be said again", () => {
  fc.assert(fc.property(anyForgedFrame, assertSayable), fuzzed(import.meta.url, RUNS));
});

/** An item of each kind that may be repeated without end, as small as it can be. */
const ITEMS: readonly (readonly [string, string])[] = [
  ["commits", "0a026200"],
  ["hellos", "0a020a00"],
  ["messages of no kind", "0a00"],
];

/** Of what is decoded, for each byte of a frame: a message of four bytes becomes an object. */
const BYTES_A_BYTE_MAX = 100;

for (const [what, hex] of ITEMS) {
  test(`a frame of ${what} and nothing else costs no more than its share`, () => {
    const item = Buffer.from(hex, "hex");
    const frame = Buffer.alloc(512 * 1024, item);
    const bytes = retainedBytes(() => decodeFrame(frame));
    assert.ok(bytes < BYTES_A_BYTE_MAX * frame.length, `${bytes} for ${frame.length}`);
  });
}

test("a length that promises more than there is costs nothing", () => {
  // Fields of a propose, a snapChunk and a sync whose length is 4 GiB less one.
  for (const head of ["0a", "0a0a4a082a", "0a0a42081a", "0a0a3a083a"]) {
    const frame = Buffer.from(`${head}ffffffff0f00`, "hex");
    const before = process.memoryUsage().arrayBuffers;
    assert.equal(decodeFrame(frame).kind, "malformed");
    assert.ok(process.memoryUsage().arrayBuffers - before < 100_000);
  }
});
