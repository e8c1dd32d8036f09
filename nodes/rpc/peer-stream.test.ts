// Proves the first word and the end of one stream: who does not introduce itself in time is
// dropped, frames are cut into pieces at message boundaries, and the end is told once.
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import test, { type TestContext } from "node:test";
import { createEnvelopeReader, END_STREAM_FLAG, encodeEnvelope } from "./envelope.js";
import { decodeFrame, encodeFrame, encodeHello } from "./peer-codec.js";
import { pong } from "./peer-rig.testing.js";
import { createPeerStream, PIECE_BYTES } from "./peer-stream.js";

const HELLO = {
  clusterId: "zabble",
  membershipHash: "0123456789abcdef",
  from: "node1",
  to: "node2",
  protocolVersion: 1,
  incarnation: "one",
};

/** A stream whose far end is the test: what it is sent, and what it says. */
function createRig(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** Message kinds of each piece that was sent. */
  const pieces: string[][] = [];
  const read = createEnvelopeReader(16_000_000, (_flags, bytes) => {
    const frame = decodeFrame(bytes);
    pieces.push(frame.kind === "messages" ? frame.messages.map(({ t }) => t) : [frame.kind]);
  });
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      read(chunk);
      done();
    },
  });
  const events: string[] = [];
  const stream = createPeerStream(duplex, HELLO, {
    onHello: (hello) => events.push(`hello ${hello.from}`),
    onMessages: (messages) => events.push(`${messages.length} messages`),
    onClose: (why) => events.push(`closed: ${why ?? "ended"}`),
  });
  return { duplex, events, pieces, stream, timers: t.mock.timers };
}

test("hello is the first word, and what follows the other's hello is handed on", (t) => {
  const { duplex, events, pieces, stream } = createRig(t);
  duplex.emit("data", encodeEnvelope(encodeHello({ ...HELLO, from: "node2" })));
  stream.send([pong(1), pong(2)]);
  assert.deepEqual(events, ["hello node2"]);
  assert.deepEqual(pieces, [["hello"], ["pong", "pong"]]);
});

test("one that does not introduce itself in three seconds is dropped", (t) => {
  const { duplex, events, stream, timers } = createRig(t);
  timers.tick(2999);
  assert.deepEqual(events, []);
  timers.tick(1);
  assert.deepEqual(events, ["closed: it did not introduce itself"]);
  assert.ok(duplex.destroyed);
  assert.equal(stream.send([pong(1)]), false);
});

test("after the hello there is no hurry", (t) => {
  const { duplex, events, timers } = createRig(t);
  duplex.emit("data", encodeEnvelope(encodeHello({ ...HELLO, from: "node2" })));
  timers.tick(1_000_000);
  assert.deepEqual(events, ["hello node2"]);
});

test("a long frame is cut behind messages, never inside one", (t) => {
  const { pieces, stream } = createRig(t);
  const chunk = (kib: number) => {
    return { t: "snapChunk", attempt: 1, index: 0, text: "x".repeat(kib * 1024) } as const;
  };
  stream.send([pong(1), chunk(40), chunk(40), pong(2), chunk(2000), pong(3)]);
  assert.deepEqual(pieces.slice(1), [
    ["pong", "snapChunk", "snapChunk"],
    ["pong", "snapChunk"],
    ["pong"],
  ]);
});

test("a piece that the next message's length would fill is not cut behind that length", (t) => {
  const { pieces, stream } = createRig(t);
  const chunk = (length: number) => {
    return { t: "snapChunk", attempt: 1, index: 0, text: "x".repeat(length) } as const;
  };
  const overhead = Buffer.concat(encodeFrame([chunk(60_000)])).length - 60_000;
  stream.send([chunk(PIECE_BYTES - 1 - overhead), pong(1), pong(2)]);
  assert.deepEqual(pieces.slice(1), [["snapChunk", "pong"], ["pong"]]);
});

test("the end is told once, however it comes", (t) => {
  const { duplex, events, stream } = createRig(t);
  duplex.emit("data", encodeEnvelope([Buffer.from("{}")], END_STREAM_FLAG));
  duplex.emit("end");
  duplex.emit("error", new Error("late"));
  stream.close("again");
  assert.deepEqual(events, ["closed: ended"]);
});

test("what comes behind a breach in the same chunk is not handed on", (t) => {
  const { duplex, events } = createRig(t);
  const hello = encodeEnvelope(encodeHello({ ...HELLO, from: "node2" }));
  const frame = encodeEnvelope(encodeFrame([pong(1)]));
  duplex.emit("data", Buffer.concat([hello, hello, frame]));
  assert.deepEqual(events, ["hello node2", "closed: a second hello"]);
});
