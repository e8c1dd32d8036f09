// Proves that an election, over in a moment, is shown word by word, that only known kinds are
// shown, that they pass, and that a flood of them is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type TraceEvent, TraceEventSchema } from "../../gen/zabble/v1/cluster_pb.js";
import { createMoments, type Moments } from "./moments.js";
import type { Drawn } from "./sparks.js";

function event(
  kind: string,
  nodeId: string,
  rest: MessageInitShape<typeof TraceEventSchema> = {},
): TraceEvent {
  return create(TraceEventSchema, { kind, nodeId, ...rest });
}

function drawnAt(moments: Moments, nowMs: number): Drawn {
  const drawn: Drawn = { sparks: [], flashes: [], words: new Map() };
  moments.draw(drawn, nowMs);
  return drawn;
}

/** All words that were shown at node2, each once. */
function wordsOver(moments: Moments, untilMs: number): string[] {
  const seen: string[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += 10) {
    const words = drawnAt(moments, nowMs).words.get("node2");
    if (words !== undefined && words !== seen.at(-1)) seen.push(words);
  }
  return seen;
}

test("what a follower does in an election is shown one after the other", () => {
  const moments = createMoments();
  const peerId = "node1";
  for (const one of [
    event("ROLE", "node2", { detail: "node4 is silent" }),
    event("VOTE", "node2", { peerId, detail: "elected by node1 node2" }),
    event("ROLE", "node2", { peerId, detail: "FOLLOWING DISCOVERY" }),
    event("PROMISE", "node2", { peerId, epoch: 8, detail: "FOLLOWING DISCOVERY" }),
    event("SYNC_TAKEN", "node2", { peerId, detail: "DIFF from 7.12" }),
    event("ROLE", "node2", { peerId, epoch: 8, detail: "FOLLOWING BROADCAST" }),
  ]) {
    moments.take(one, 0);
  }
  assert.deepEqual(wordsOver(moments, 10_000), [
    "looks for a leader",
    "votes for node1",
    "promises epoch 8",
    "takes DIFF",
    "follows node1",
  ]);
  assert.equal(moments.count(10_000), 0);
});

test("a new leader is elected, promises nothing aloud, and flashes when it leads", () => {
  const moments = createMoments();
  moments.take(event("VOTE", "node2", { peerId: "node2" }), 0);
  moments.take(event("ROLE", "node2", { detail: "LEADING DISCOVERY" }), 0);
  moments.take(event("PROMISE", "node2", { peerId: "node2", epoch: 8 }), 0);
  moments.take(event("ESTABLISHED", "node2", { epoch: 8 }), 0);
  assert.equal(drawnAt(moments, 800).flashes.length, 0);
  assert.deepEqual(
    drawnAt(moments, 850).flashes.map(({ nodeId }) => nodeId),
    ["node2"],
  );
  assert.deepEqual(wordsOver(moments, 10_000), ["votes for itself", "is elected", "leads epoch 8"]);
});

test("a vote flies to its candidate with its words, a sync to the node that gets it", () => {
  const moments = createMoments();
  moments.take(event("ROLE", "node2", { detail: "node4 is silent" }), 0);
  moments.take(event("VOTE", "node2", { peerId: "node1" }), 0);
  moments.take(event("VOTE", "node1", { peerId: "node1" }), 0);
  moments.take(event("SYNC_SENT", "node1", { peerId: "node3", detail: "SNAP of 9 entries" }), 0);
  assert.deepEqual(drawnAt(moments, 70).sparks, [
    { shape: "square", from: "node1", to: "node3", done: 0.2 },
  ]);
  assert.deepEqual(drawnAt(moments, 490).sparks, [
    { shape: "triangle", from: "node2", to: "node1", done: 0.2 },
  ]);
  assert.equal(drawnAt(moments, 490).words.get("node2"), "votes for node1");
  assert.equal(drawnAt(moments, 900).sparks.length, 0);
});

test("kinds that are not known are ignored", () => {
  const moments = createMoments();
  moments.take(event("LEARNER", "node2", { peerId: "node1", detail: "up to date" }), 0);
  moments.take(event("SOMETHING_NEW", "node2"), 0);
  assert.equal(moments.count(0), 0);
});

test("a flood is bounded, at one node and in all", () => {
  const moments = createMoments();
  for (let count = 0; count < 1000; count++) {
    moments.take(event("VOTE", "node2", { peerId: "node1" }), 0);
  }
  assert.equal(moments.count(0), 7);
  for (let count = 0; count < 1000; count++) {
    moments.take(event("VOTE", `node${count}`, { peerId: "node1" }), 0);
  }
  assert.equal(moments.count(0), 64);
});
