// Proves that a node's status says where its core and game stand, that a standing is equal text
// exactly when nothing changed, and that gossip is believed only about its sender.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { patternConfig } from "../config/pattern-config.js";
import { createGame } from "../game/game.js";
import { NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { createSimProcess } from "../test/sim/sim-process.js";
import { createWorld } from "../test/sim/world.js";
import { createStatusBoard } from "./status-board.js";
import { followingCore, leadingCore } from "./zab/established.testing.js";
import { step } from "./zab/step.js";
import { zxidOf } from "./zab/zxid.js";

function createRig(role: "LEADING" | "FOLLOWING") {
  const nodeId = role === "LEADING" ? "node3" : "node1";
  const options = { markerText: "marker" };
  const core = role === "LEADING" ? leadingCore(options) : followingCore(options);
  const world = createWorld();
  const board = createStatusBoard({
    nodeId,
    config: patternConfig(3),
    core,
    clock: createSimProcess(world, { offsetMs: 0 }).clock,
    startedAtMs: 0,
    game: () => createGame(),
    connected: () => ["node2"],
    cut: () => new Set(["node1"]),
    paused: () => true,
    outstanding: () => 7,
    snapshotZxid: () => zxidOf(1, 0),
  });
  const pass = (ms: number): void => world.run(world.nowMs + ms, () => {});
  return { board, core, pass };
}

test("a leader's status", () => {
  const { board, pass } = createRig("LEADING");
  pass(120);
  board.changed();
  pass(30);
  board.applied(3);
  const { $typeName: _, ...status } = board.status();
  assert.deepEqual(status, {
    nodeId: "node3",
    role: Role.LEADING,
    phase: Phase.BROADCAST,
    leaderId: "node3",
    epoch: 1,
    acceptedEpoch: 1,
    commitZxid: zxidOf(1, 0),
    appliedZxid: 0n,
    lastZxid: zxidOf(1, 0),
    durableZxid: zxidOf(1, 0),
    snapshotZxid: zxidOf(1, 0),
    uptimeMs: 150n,
    roleMs: 30n,
    connected: ["node2"],
    outstanding: 7,
    admin: true,
    appliedCount: 3n,
    cut: ["node1"],
    paused: true,
  });
});

test("the standing changes with role, phase, leader and epoch, and with nothing else", () => {
  const { board, core } = createRig("FOLLOWING");
  const following = board.standing();
  const propose = { t: "commit", epoch: 1, zxid: zxidOf(1, 0) } as const;
  step(core, { t: "recv", from: "node3", msg: propose });
  step(core, { t: "tick", ticks: 1 });
  assert.equal(board.standing(), following);
  assert.equal(board.status().leaderId, "node3");
  step(core, { t: "link", peer: "node3", up: false });
  assert.notEqual(board.standing(), following);
  assert.equal(board.status().leaderId, "");
});

test("whom a node follows is part of its standing before there is an epoch", () => {
  const standings = ["node2", "node3"].map((leader) => {
    const { board, core } = createRig("FOLLOWING");
    step(core, { t: "link", peer: "node3", up: false });
    step(core, { t: "link", peer: leader, up: true });
    const vote = { leader, epoch: 5, zxid: 0n };
    const stance = { role: "LEADING", round: 9, blank: false, empty: false } as const;
    const msg = { t: "notify", ...stance, vote, acceptedEpoch: 5 } as const;
    step(core, { t: "recv", from: leader, msg });
    assert.equal(board.status().phase, Phase.DISCOVERY);
    return board.standing();
  });
  assert.notEqual(standings[0], standings[1]);
});

test("gossip is due at once after a change, and twice a second otherwise", () => {
  const { board, pass } = createRig("LEADING");
  pass(1000);
  assert.equal(board.gossipDue(), true);
  assert.equal(board.gossipDue(), false);
  pass(499);
  assert.equal(board.gossipDue(), false);
  pass(1);
  assert.equal(board.gossipDue(), true);
  board.changed();
  assert.equal(board.gossipDue(), true);
});

test("the cluster is all that is configured, with what each last said of itself", () => {
  const { board, pass } = createRig("LEADING");
  board.onGossip("node2", create(NodeStatusSchema, { nodeId: "node2", epoch: 1 }));
  board.onGossip("node2", create(NodeStatusSchema, { nodeId: "node1", epoch: 9 }));
  pass(40);
  const seen = board.cluster().map(({ nodeId, address, alive, status, ageMs }) => {
    return [nodeId, address, alive, status?.epoch, ageMs];
  });
  assert.deepEqual(seen, [
    ["node1", "127.0.0.1:7101", false, undefined, 0n],
    ["node2", "127.0.0.1:7102", true, 1, 40n],
    ["node3", "127.0.0.1:7103", true, 1, 0n],
  ]);
});
