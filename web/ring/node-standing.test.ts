// Proves how a node's role and phase become the few standings that are drawn, and that a link is
// broken when either of two living nodes does not list the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { cutOffFrom, linkedTo, linksOf, standingInWords, standingOfNode } from "./node-standing.js";
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
    const node = nodeOf(ringCluster({ status: { 1: { role, phase } } }), 1);
    assert.equal(standingOfNode(node), standing);
    assert.equal(standingInWords(standing), words);
  }
});

test("a node that is down is down, whatever it said last", () => {
  assert.equal(standingOfNode(nodeOf(ringCluster({ down: [1] }), 1)), "down");
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

test("a node that has not said anything is not held to be cut off", () => {
  const { nodes, ...cluster } = ringCluster({ count: 2 });
  const silent = nodes.map((node) => ({ ...node, status: undefined }));
  assert.deepEqual(
    linksOf({ ...cluster, nodes: silent }).map(({ state }) => state),
    ["whole"],
  );
});
