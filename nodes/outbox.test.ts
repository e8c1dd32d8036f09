// Proves that nothing leaves before what it claims is on disk, that what is held is forgotten when
// a relation ends, and that a turn sends one frame a peer in the order in which things were said.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { createOutbox, type Outbox } from "./outbox.js";
import type { PeerMessage } from "./rpc/peer-message.js";

function pong(n: number): PeerMessage {
  return { t: "pong", epoch: 1, n };
}

/** Frames as "peer: numbers of the pongs in it". */
function recordingOutbox(): { outbox: Outbox; frames: string[] } {
  const frames: string[] = [];
  const outbox = createOutbox((to, messages) => {
    const numbers = messages.map((msg) => (msg.t === "pong" ? msg.n : msg.t));
    frames.push(`${to}: ${numbers.join(" ")}`);
  });
  return { outbox, frames };
}

test("a turn sends one frame a peer, in order, and nothing when nothing was said", () => {
  const { outbox, frames } = recordingOutbox();
  outbox.flush();
  outbox.add("b", pong(1));
  outbox.send("a", pong(2), 0, 0);
  outbox.send("b", pong(3), 4, 4);
  assert.deepEqual(frames, []);
  outbox.flush();
  outbox.flush();
  assert.deepEqual(frames, ["b: 1 3", "a: 2"]);
});

test("a send waits for its batch, and leaves behind what was said before it was released", () => {
  const { outbox, frames } = recordingOutbox();
  outbox.send("a", pong(1), 2, 0);
  outbox.send("a", pong(2), 3, 0);
  outbox.add("a", pong(3));
  outbox.release(1);
  outbox.flush();
  outbox.release(2);
  outbox.flush();
  outbox.release(5);
  outbox.flush();
  assert.deepEqual(frames, ["a: 3", "a: 1", "a: 2"]);
});

test("what is held when a relation ends never leaves; what was free already does", () => {
  const { outbox, frames } = recordingOutbox();
  outbox.send("a", pong(1), 1, 1);
  outbox.send("a", pong(2), 2, 1);
  outbox.forgetHeld();
  outbox.release(9);
  outbox.flush();
  assert.deepEqual(frames, ["a: 1"]);
});

type Act =
  | { readonly kind: "send"; readonly to: string; readonly ahead: number }
  | { readonly kind: "sync"; readonly by: number }
  | { readonly kind: "leave" }
  | { readonly kind: "flush" };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant("send" as const),
    to: fc.constantFrom("a", "b"),
    ahead: fc.nat({ max: 3 }),
  }),
  fc.record({ kind: fc.constant("sync" as const), by: fc.integer({ min: 1, max: 3 }) }),
  fc.constant({ kind: "leave" as const }),
  fc.constant({ kind: "flush" as const }),
);

test("whatever leaves was durable, was not forgotten, and leaves once", () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 60 }), (acts) => {
      let durable = 0;
      const needs: number[] = [];
      const forgotten = new Set<number>();
      const left: number[] = [];
      const outbox = createOutbox((_to, messages) => {
        for (const msg of messages) {
          const n = msg.t === "pong" ? msg.n : -1;
          assert.ok((needs[n] ?? Number.POSITIVE_INFINITY) <= durable, `${n} left too early`);
          assert.ok(!forgotten.has(n), `${n} left though its relation had ended`);
          assert.ok(!left.includes(n), `${n} left twice`);
          left.push(n);
        }
      });
      for (const act of acts) {
        if (act.kind === "send") {
          const after = act.ahead === 0 ? 0 : durable + act.ahead - 1;
          outbox.send(act.to, pong(needs.push(after) - 1), after, durable);
        } else if (act.kind === "sync") {
          durable += act.by;
          outbox.release(durable);
        } else if (act.kind === "leave") {
          for (const [n, after] of needs.entries()) if (after > durable) forgotten.add(n);
          outbox.forgetHeld();
        } else outbox.flush();
      }
      outbox.release(Number.POSITIVE_INFINITY);
      durable = Number.POSITIVE_INFINITY;
      outbox.flush();
      assert.equal(left.length + forgotten.size, needs.length, "something never left");
    }),
    { numRuns: 500 },
  );
});
