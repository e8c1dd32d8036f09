// Proves how a node's role and phase become the few standings that are drawn, that only one node
// leads, and that a link is broken when either of two living nodes does not list the other, and cut
// when either was told to cut it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import {
  cutOffFrom,
  hasCut,
  linkedTo,
  linksOf,
  standingInWords,
  standingOfNode,
  wasCutBy,
} from "./node-standing.js";
import { nodeOf, ringCluster } from "./ring-cluster.testing.js";

test("role and phase together say how a node stands", () => {
  const cases = [
    [Role.LOOKING, Phase.ELECTION, "looking", "looking"],
    [Role.FOLLOWING, Phase.DISCOVERY, "joining", "joining"],
    [Role.FOLLOWING, Phase.SYNCHRONIZATION, "syncing", "syncing"],
    [Role.FOLLOWING, Phase.BROADCAST, "following", "follower"],
    [Role.LEADING, Phase.SYNCHRONIZATION, "preparing", "elected"],
    [Role.LEADING, Phase.BROADCAST, "leading", "leader"],
    [Role.UNSPECIFIED, Phase.UNSPECIFIED, "silent", "unknown"],
  ] as const;
  for (const [role, phase, standing, words] of cases) {
    const cluster = ringCluster({ status: { 1: { role, phase } } });
    assert.equal(standingOfNode(nodeOf(cluster, 1), cluster), standing);
    assert.equal(standingInWords(standing), words);
  }
});

test("a node that is down is down, whatever it said last", () => {
  const cluster = ringCluster({ down: [1], status: { 1: { paused: true } } });
  assert.equal(standingOfNode(nodeOf(cluster, 1), cluster), "down");
});

test("a node of which nobody tells is not heard, and neither up nor down", () => {
  const cluster = ringCluster({ silentMs: 3000, status: { 2: { paused: true } } });
  for (const node of cluster.nodes) assert.equal(standingOfNode(node, cluster), "unheard");
  assert.equal(standingInWords("unheard"), "not heard");
});

test("a paused node is paused, whatever its role", () => {
  for (const role of [Role.LEADING, Role.FOLLOWING, Role.LOOKING]) {
    const cluster = ringCluster({ status: { 1: { role, paused: true } } });
    assert.equal(standingOfNode(nodeOf(cluster, 1), cluster), "paused");
  }
});

test("one crown: who leads an older epoch than the cluster's leader does not lead", () => {
  const old = { role: Role.LEADING, epoch: 6 };
  const cluster = ringCluster({ status: { 2: old } });
  const standings = cluster.nodes.map((node) => standingOfNode(node, cluster));
  assert.deepEqual(standings, ["leading", "deposed", "following", "following", "following"]);
  const itself = ringCluster({ status: { 1: old } });
  assert.equal(standingOfNode(nodeOf(itself, 1), itself), "deposed", "its own next epoch");
  assert.equal(standingInWords("deposed"), "ex-leader");
});

test("a link that only one end lists is broken, one to a dead node is gone", () => {
  const links = linksOf(ringCluster({ count: 4, cuts: [[2, 3]], down: [4] }));
  assert.deepEqual(
    links.map(({ one, other, state }) => `${one.nodeId} ${other.nodeId} ${state}`),
    [
      "node1 node2 whole",
      "node1 node3 whole",
      "node1 node4 gone",
      "node2 node3 broken",
      "node2 node4 gone",
      "node3 node4 gone",
    ],
  );
});

test("both ends of a broken link know of it, and neither is linked to the other", () => {
  const cluster = ringCluster({ count: 3, cuts: [[2, 3]] });
  assert.deepEqual(cutOffFrom(nodeOf(cluster, 2), cluster), ["node3"]);
  assert.deepEqual(cutOffFrom(nodeOf(cluster, 3), cluster), ["node2"]);
  assert.deepEqual(linkedTo(nodeOf(cluster, 3), cluster), ["node1"]);
});

test("a link that was cut on purpose is cut, although both ends list it", () => {
  const cluster = ringCluster({ count: 4, cutsOnPurpose: [[3, 2]], down: [4] });
  const states = linksOf(cluster).map(({ one, other, state }) => {
    return `${one.nodeId} ${other.nodeId} ${state}`;
  });
  assert.ok(states.includes("node2 node3 cut"), states.join());
  assert.ok(states.includes("node1 node2 whole"), states.join());
  const [two, three] = [nodeOf(cluster, 2), nodeOf(cluster, 3)];
  assert.deepEqual([hasCut(three, cluster), wasCutBy(three, cluster)], [["node2"], []]);
  assert.deepEqual([hasCut(two, cluster), wasCutBy(two, cluster)], [[], ["node3"]]);
  assert.deepEqual([linkedTo(two, cluster), cutOffFrom(two, cluster)], [["node1"], []]);
});

test("a cut is not lost behind what it leads to, and says nothing of a dead end", () => {
  const both = ringCluster({ count: 3, cutsOnPurpose: [[2, 3]], cuts: [[2, 3]] });
  assert.deepEqual(hasCut(nodeOf(both, 2), both), ["node3"]);
  const dead = ringCluster({ count: 3, cutsOnPurpose: [[2, 3]], down: [3] });
  assert.deepEqual(hasCut(nodeOf(dead, 2), dead), []);
});

test("a node that has not said anything is not held to be cut off", () => {
  const { nodes, ...cluster } = ringCluster({ count: 2 });
  const silent = nodes.map((node) => ({ ...node, status: undefined }));
  assert.deepEqual(
    linksOf({ ...cluster, nodes: silent }).map(({ state }) => state),
    ["whole"],
  );
});
