// Proves what is said of each standing of a node and of the cluster, word for word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { clusterSentence, nodeLabel, nodeSentence } from "./node-sentence.js";
import { NOW_MS, nodeOf, type RingClusterOptions, ringCluster } from "./ring-cluster.testing.js";

function sentence(number: number, options: RingClusterOptions = {}): string {
  const cluster = ringCluster(options);
  return nodeSentence(nodeOf(cluster, number), cluster, NOW_MS);
}

const syncing = { phase: Phase.SYNCHRONIZATION };

test("a leader says for how long, and how many follow", () => {
  assert.equal(sentence(1), "node1 leads epoch 7 for 02:05; 4 of 4 followers are linked");
  assert.equal(
    sentence(1, { down: [5] }),
    "node1 leads epoch 7 for 02:05; 3 of 4 followers are linked",
  );
  assert.equal(sentence(1, { count: 1 }), "node1 leads epoch 7 for 02:05");
});

test("a leader of an older epoch than the newest does not borrow its time", () => {
  const cluster = ringCluster({ status: { 2: { role: Role.LEADING, epoch: 6 } } });
  assert.equal(
    nodeSentence(nodeOf(cluster, 2), cluster, NOW_MS),
    "node2 leads epoch 6; 4 of 4 followers are linked",
  );
});

test("a follower has everything, or says what it lacks", () => {
  assert.equal(sentence(3), "node3 follows node1 and has everything");
  assert.equal(sentence(3, { lag: { 3: undefined } }), "node3 follows node1");
  assert.equal(sentence(3, { lag: { 3: 1 } }), "node3 follows node1, 1 transaction behind");
});

test("a synchronizing node says how far behind it is, if that can be known", () => {
  const status = { 4: syncing };
  assert.equal(
    sentence(4, { status, lag: { 4: 52 } }),
    "node4 is synchronizing: 52 transactions behind",
  );
  assert.equal(
    sentence(4, { status, lag: { 4: undefined } }),
    "node4 is synchronizing: its log ends in an older epoch",
  );
});

test("a node on the way to a role says so", () => {
  assert.equal(
    sentence(1, { status: { 1: syncing } }),
    "node1 is elected and brings a quorum to one state before it leads",
  );
  assert.equal(
    sentence(2, { status: { 2: { phase: Phase.DISCOVERY } } }),
    "node2 joins node1: they agree on a new epoch",
  );
  assert.equal(
    sentence(2, { status: { 2: { role: Role.UNSPECIFIED } } }),
    "node2 is up and has not said how it stands",
  );
});

test("a looking node says why it has no leader", () => {
  const cuts = [
    [1, 3],
    [1, 4],
    [1, 5],
  ] as const;
  assert.equal(
    sentence(1, { leader: 0, cuts }),
    "node1 is looking for a leader: it has no quorum of links (2 of 5)",
  );
  assert.equal(
    sentence(1, { leader: 0, down: [5] }),
    "node1 is looking for a leader: it votes with 4 of 5 in reach",
  );
  assert.equal(
    sentence(2, { status: { 2: { role: Role.LOOKING } } }),
    "node2 is looking for a leader: it has not joined the one that leads",
  );
});

test("of a dead node it is said since when, and whether the others can do without it", () => {
  assert.equal(sentence(5, { down: [5] }), "node5 has been down for 12 s; the others go on");
  assert.equal(
    sentence(5, { down: [5], leader: 0 }),
    "node5 has been down for 12 s; the others elect a leader",
  );
  assert.equal(
    sentence(5, { down: [3, 4, 5], leader: 0 }),
    "node5 has been down for 12 s; too few are left to go on",
  );
});

test("links that are missing between living nodes are named", () => {
  const one = "node3 follows node1 and has everything; it has no link to node2";
  assert.equal(sentence(3, { cuts: [[3, 2]] }), one);
  assert.equal(sentence(3, { cuts: [[2, 3]] }), one);
  const two = [
    [3, 2],
    [3, 5],
  ] as const;
  assert.match(sentence(3, { cuts: two }), /; it has no link to node2 and node5$/);
  const all = [
    [3, 1],
    [3, 2],
  ] as const;
  assert.match(sentence(3, { count: 3, cuts: all }), /; it has no link to any other$/);
});

test("the cluster's standing in a sentence", () => {
  const of = (options: RingClusterOptions): string => clusterSentence(ringCluster(options));
  assert.equal(of({}), "5 of 5 nodes up, quorum 3, node1 leads epoch 7");
  assert.equal(
    of({ leader: 0, down: [1] }),
    "4 of 5 nodes up, quorum 3, no leader: they elect one",
  );
  assert.equal(of({ leader: 0, down: [1, 2, 3] }), "2 of 5 nodes up, quorum 3: too few to go on");
  assert.equal(of({ count: 0 }), "no server has answered");
  assert.equal(clusterSentence(undefined), "asking the nodes how they stand");
  assert.equal(
    clusterSentence({ ...ringCluster(), seenFrom: "" }),
    "nobody answers; as last seen: 5 of 5 nodes up, quorum 3, node1 leads epoch 7",
  );
});

test("a node's label for those who do not see it", () => {
  assert.equal(nodeLabel(nodeOf(ringCluster(), 1)), "node1, leader, epoch 7, 0 behind");
  const cluster = ringCluster({ down: [2], lag: { 2: undefined } });
  assert.equal(nodeLabel(nodeOf(cluster, 2)), "node2, down, epoch 7");
});
