// Proves which calls each wish to break or heal something becomes, and what the player is told.
import assert from "node:assert/strict";
import test from "node:test";
import type { Admin, AdminOutcome } from "./admin.js";
import { type BreakWish, carryOut } from "./break-cluster.js";
import type { ClusterModel, NodeView } from "./cluster-model.js";

function node(index: number, state: NodeView["state"] = "up"): NodeView {
  const address = `127.0.0.1:${index}`;
  const nothing = { status: undefined, downSinceMs: undefined, lag: undefined, rates: [] };
  return { nodeId: `node${index}`, address, state, ...nothing };
}

const cluster: ClusterModel = {
  nodes: [node(1), node(2), node(3, "down")],
  quorum: 2,
  leader: undefined,
  seenFrom: "",
  admin: true,
  polledAtMs: 0,
};

async function carriedOut(wish: BreakWish, outcome: AdminOutcome = { ok: true }) {
  const calls: string[] = [];
  const called = (call: string): Promise<AdminOutcome> => {
    calls.push(call);
    return Promise.resolve(outcome);
  };
  const admin: Admin = {
    stop: (server) => called(`stop ${server}`),
    pause: (server, durationMs) => called(`pause ${server} ${durationMs}`),
    setLink: (server, peerId, { cut }) => called(`${cut ? "cut" : "heal"} ${server} ${peerId}`),
    stepDown: (server) => called(`stepDown ${server}`),
  };
  const done = await carryOut(wish, cluster, admin, ({ address }) => address.slice(-1));
  return { calls, ...done };
}

const CASES: readonly (readonly [BreakWish, readonly string[], string])[] = [
  [{ action: "kill", nodeId: "node1" }, ["stop 1"], "node1 was killed"],
  [{ action: "pause", nodeId: "node2" }, ["pause 2 10000"], "node2 pauses for 10 s"],
  [{ action: "resume", nodeId: "node2" }, ["pause 2 0"], "node2 goes on"],
  [{ action: "stepDown", nodeId: "node1" }, ["stepDown 1"], "node1 gave up its leadership"],
  [
    { action: "cut", nodeId: "node1", peerId: "node3" },
    ["cut 1 node3"],
    "the link between node1 and node3 is cut",
  ],
  [
    { action: "isolate", nodeId: "node2" },
    ["cut 2 node1", "cut 2 node3"],
    "node2 is cut off from all others",
  ],
  [
    { action: "heal", nodeId: "" },
    ["heal 1 node2", "heal 1 node3", "heal 2 node1", "heal 2 node3"],
    "all links are healed",
  ],
];

for (const [wish, calls, words] of CASES) {
  test(`"${wish.action}" becomes the right calls`, async () => {
    assert.deepEqual(await carriedOut(wish), { calls, ok: true, words });
  });
  test(`a "${wish.action}" that fails is told in the node's words`, async () => {
    const { ok, words: said } = await carriedOut(wish, { ok: false, message: "it does not lead" });
    assert.deepEqual([ok, said], [false, "it does not lead"]);
  });
}

test("a node that nobody knows is no node", async () => {
  const { ok, words, calls } = await carriedOut({ action: "kill", nodeId: "node9" });
  assert.deepEqual([ok, words, calls], [false, "there is no node node9", []]);
});
