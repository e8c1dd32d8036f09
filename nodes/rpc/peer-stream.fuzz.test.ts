// Proves that a stream on the peer port survives whatever comes on it, in whatever pieces: it tells
// of one hello, then of messages, then of one end, and of nothing after that; and that a stranger
// can make it neither hold nor copy more than its words are long.
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { anyBytes, damaged, pieces } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { createEnvelopeReader, encodeEnvelope } from "./envelope.js";
import { encodeFrame, encodeHello } from "./peer-codec.js";
import { anyMessage } from "./peer-messages.testing.js";
import { createPeerStream } from "./peer-stream.js";

const RUNS = 1500;

const HELLO = {
  clusterId: "zabble",
  membershipHash: "0123456789abcdef",
  from: "node1",
  to: "node2",
  protocolVersion: 1,
  incarnation: "one",
};

const GREETING = encodeEnvelope(encodeHello(HELLO));

interface Rig {
  readonly duplex: Duplex;
  /** "h" for a hello, "m" for messages, "c" for the close, in order. */
  told(): string;
}

/** Its far end is the test; no timer of it ever fires. */
function createRig(): Rig {
  const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  let told = "";
  createPeerStream(duplex, HELLO, {
    onHello: () => {
      told += "h";
    },
    onMessages: () => {
      told += "m";
    },
    onClose: () => {
      told += "c";
    },
  });
  return { duplex, told: () => told };
}

function withoutTimers(t: TestContext): void {
  t.mock.timers.enable({ apis: ["setTimeout"] });
}

const anySaid = fc.array(
  fc.oneof(
    fc.constant(GREETING),
    fc.array(anyMessage, { maxLength: 3 }).map((messages) => encodeEnvelope(encodeFrame(messages))),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => encodeEnvelope([bytes])),
    fc.tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 9 })).map(([flags, bytes]) => {
      return encodeEnvelope([bytes], flags);
    }),
  ),
  { maxLength: 5 },
);

test("whatever is said, it tells of a hello, then of messages, then of one end", (t) => {
  withoutTimers(t);
  const whole = anySaid.map((said) => Buffer.concat([GREETING, ...said]));
  const anyStream = fc.oneof(
    whole,
    damaged(whole).map(({ after }) => after),
    anySaid.map((said) => Buffer.concat(said)),
    anyBytes,
  );
  fc.assert(
    fc.property(anyStream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
      const { duplex, told } = createRig();
      for (const piece of pieces(Buffer.from(bytes), places)) duplex.emit("data", piece);
      assert.match(told(), /^(hm*)?c?$/);
      assert.equal(duplex.destroyed, told().endsWith("c"));
      duplex.emit("end");
      assert.match(told(), /^(hm*)?c$/);
      duplex.emit("data", GREETING);
      assert.match(told(), /^(hm*)?c$/);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("what comes in pieces is what was sent, and stays so", () => {
  const anySent = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(anySent, fc.array(fc.nat(), { maxLength: 12 }), (sent, places) => {
      const received: Buffer[] = [];
      const take = createEnvelopeReader(40, (_flags, message) => received.push(message));
      const bytes = Buffer.concat(sent.map((message) => encodeEnvelope([message])));
      for (const piece of pieces(bytes, places)) assert.ok(take(Buffer.from(piece)));
      assert.deepEqual(received, sent.map(Buffer.from));
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("a frame that comes in small pieces is copied once or twice, not for every piece", (t) => {
  const frame = encodeEnvelope([Buffer.alloc(256 * 1024)]);
  let copied = 0;
  const join = Buffer.concat.bind(Buffer);
  t.mock.method(Buffer, "concat", (parts: readonly Uint8Array[]) => {
    const joined = join(parts);
    copied += joined.length;
    return joined;
  });
  const { copy } = Buffer.prototype;
  t.mock.method(
    Buffer.prototype,
    "copy",
    function (this: Buffer, target: Uint8Array, ...places: number[]) {
      const bytes = copy.call(this, target, ...places);
      copied += bytes;
      return bytes;
    },
  );
  let read = 0;
  const take = createEnvelopeReader(8 * 1024 * 1024, (_flags, message) => {
    read += message.length;
  });
  for (let at = 0; at < frame.length; at += 500) take(frame.subarray(at, at + 500));
  assert.equal(read, 256 * 1024);
  assert.ok(copied <= 4 * frame.length, `${copied} bytes were copied of ${frame.length}`);
});

test("before its hello a stranger's words are not gathered", (t) => {
  withoutTimers(t);
  const { duplex, told } = createRig();
  const head = Buffer.from([0, 0, 0x7f, 0xff, 0xff]);
  duplex.emit("data", Buffer.concat([head, Buffer.alloc(64 * 1024)]));
  assert.equal(told(), "c", "it waits for the rest of eight megabytes");
});
