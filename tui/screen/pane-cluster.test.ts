// Proves what the terminal says of nodes that are paused, cut off on purpose, deposed, or not heard
// from: each in a word of its own, and nothing is made of silence.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { newSession, type Session } from "../../client/session-model.js";
import { zxidOf } from "../../game/zxid.js";
import { type NodeStatus, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { demoCluster } from "./demo-game.testing.js";
import { clusterLines, clusterTitle } from "./pane-cluster.js";

const DEMO = demoCluster(zxidOf(2, 40));
const NOW_MS = DEMO.polledAtMs;
const NARROW = 38;
const WIDE = 90;

/** The demo with each node's status changed by its number. */
function clusterWith(changes: Readonly<Record<number, Partial<NodeStatus>>>): ClusterModel {
  const nodes = DEMO.nodes.map((node, index): NodeView => {
    const { status } = node;
    return status === undefined ? node : { ...node, status: { ...status, ...changes[index + 1] } };
  });
  return { ...DEMO, nodes };
}

function silent(saidAgoMs: number | undefined): ClusterModel {
  const said = saidAgoMs === undefined ? {} : { saidAtMs: NOW_MS - saidAgoMs };
  const nodes = DEMO.nodes.map((node) => ({ ...node, ...said, state: "unknown" as const }));
  return { ...DEMO, nodes, seenFrom: "" };
}

function sessionOf(cluster: ClusterModel): Session {
  return { ...newSession("ann", "lobby", NOW_MS), cluster };
}

function linesOf(cluster: ClusterModel, width: number): readonly string[] {
  const lines = clusterLines(sessionOf(cluster), NOW_MS, width);
  return lines.map((spans) => spans.map(({ text }) => text).join(""));
}

function lineOf(cluster: ClusterModel, nodeId: string, width: number): string {
  return linesOf(cluster, width).find((line) => line.includes(`${nodeId} `)) ?? assert.fail();
}

test("paused is a role of its own, and no help to the others", () => {
  const paused = clusterWith({ 1: { paused: true }, 3: { paused: true } });
  for (const width of [NARROW, WIDE])
    assert.match(lineOf(paused, "node1", width), /^║ node1 paused/);
  assert.doesNotMatch(lineOf(paused, "node1", WIDE), /broadcast/);
  const summary = /4 of 5 nodes up, quorum 3: too few to go on/;
  assert.match(linesOf(paused, WIDE).join("\n"), summary);
});

test("links that were cut on purpose are in the summary", () => {
  const one = linesOf(clusterWith({ 1: { cut: ["node3"] }, 3: { cut: ["node1"] } }), WIDE);
  assert.match(one.join("\n"), /4 of 5 nodes up, quorum 3, cut: node1-node3$/m);
  const more = linesOf(clusterWith({ 1: { cut: ["node3", "node4"] } }), WIDE);
  assert.match(more.join("\n"), /quorum 3, 2 links cut$/m);
});

test("only one node has the star: who leads an older epoch is an ex-leader", () => {
  const two = clusterWith({ 1: { role: Role.LEADING, epoch: 1 } });
  assert.match(lineOf(two, "node1", NARROW), /^◌ node1 ex-leader/);
  assert.match(lineOf(two, "node4", NARROW), /^★ node4 leader/);
});

test("of nodes that are not heard from nothing is claimed", () => {
  const wide = linesOf(silent(3000), WIDE);
  for (const { nodeId } of DEMO.nodes) {
    assert.match(lineOf(silent(3000), nodeId, WIDE), /^\? node\d not heard 3 s/);
    assert.match(lineOf(silent(3000), nodeId, NARROW), /^\? node\d not heard/);
  }
  assert.match(wide.join("\n"), /^no node has been heard from for 3 s\nnobody answers$/m);
  assert.doesNotMatch(wide.join("\n"), /of 5 nodes|too few|\d commits\/s|down/);
  assert.equal(clusterTitle(sessionOf(silent(3000)), NOW_MS), "cluster");
  assert.match(linesOf(silent(undefined), WIDE).join("\n"), /^no node has ever been heard from$/m);
});

test("nodes that speak for themselves are somebody, although no server told of all", () => {
  const lines = linesOf({ ...DEMO, seenFrom: "" }, WIDE);
  assert.match(lines.at(-1) ?? "", /^6 commits\/s {2}seen from here$/);
});
