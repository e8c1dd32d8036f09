// Proves that envelopes come out of a byte stream as they went in, however the stream is cut into
// chunks, and that a length beyond the limit ends the reading before anything is stored.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { createEnvelopeReader, encodeEnvelope } from "./envelope.js";

interface Envelope {
  readonly flags: number;
  readonly message: string;
}

function createRecorder(bytesMax: number) {
  const read: Envelope[] = [];
  const push = createEnvelopeReader(bytesMax, (flags, message) => {
    read.push({ flags, message: message.toString("hex") });
  });
  return { read, push };
}

/** A stream cut at these places, in any order and also twice at the same. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (stream.length + 1)), stream.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => stream.subarray(sorted[index], end));
}

const anyEnvelope = fc.record({
  flags: fc.nat({ max: 255 }),
  parts: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
});

test("envelopes come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(anyEnvelope, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (envelopes, places) => {
        const stream = Buffer.concat(envelopes.map((one) => encodeEnvelope(one.parts, one.flags)));
        const { read, push } = createRecorder(120);
        for (const chunk of cut(stream, places)) assert.ok(push(chunk));
        const sent = envelopes.map(({ flags, parts }) => {
          return { flags, message: Buffer.concat(parts).toString("hex") };
        });
        assert.deepEqual(read, sent);
      },
    ),
    { numRuns: 1000 },
  );
});

test("the head is a flag byte and the length in four bytes, the highest first", () => {
  const bytes = encodeEnvelope([Buffer.alloc(200), Buffer.alloc(58)], 2);
  assert.deepEqual([...bytes.subarray(0, 5)], [2, 0, 0, 1, 2]);
  assert.equal(bytes.length, 263);
});

test("a message of the longest length passes, one byte more ends the stream for ever", () => {
  const { read, push } = createRecorder(10);
  assert.ok(push(encodeEnvelope([Buffer.alloc(10)])));
  assert.equal(push(encodeEnvelope([Buffer.alloc(11)])), false);
  assert.equal(push(encodeEnvelope([Buffer.alloc(1)])), false);
  assert.equal(read.length, 1);
});

test("a giant length is refused by its head alone", () => {
  const { read, push } = createRecorder(1000);
  assert.equal(push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff])), false);
  assert.deepEqual(read, []);
});

test("what came whole before a broken envelope is still handed over", () => {
  const { read, push } = createRecorder(10);
  const stream = Buffer.concat([encodeEnvelope([Buffer.from([7])]), Buffer.from([0, 9, 9, 9, 9])]);
  assert.equal(push(stream), false);
  assert.deepEqual(read, [{ flags: 0, message: "07" }]);
});

test("arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), (chunks) => {
      const { push } = createRecorder(64);
      let readable = true;
      for (const chunk of chunks) {
        const still = push(Buffer.from(chunk));
        assert.ok(readable || !still, "a broken stream stays broken");
        readable = still;
      }
    }),
    { numRuns: 1000 },
  );
});
