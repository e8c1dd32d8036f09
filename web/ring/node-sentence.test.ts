// Proves what is said of each standing of a node and of the cluster, word for word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { clusterSentence, nodeLabel, nodeSentence, rateInWords } from "./node-sentence.js";
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

test("a leader of an older epoch than the newest leads only in its own mind", () => {
  assert.equal(
    sentence(2, { status: { 2: { role: Role.LEADING, epoch: 6 } } }),
    "node2 still thinks that it leads epoch 6; epoch 7 has begun",
  );
});

test("a paused node is paused, and is no help to the others", () => {
  const status = { 4: { paused: true } };
  assert.equal(sentence(4, { status }), "node4 is paused: it neither hears nor speaks");
  assert.equal(
    clusterSentence(ringCluster({ status }), NOW_MS),
    "5 of 5 nodes up, node4 paused, quorum 3, node1 leads epoch 7",
  );
  const looking = { status, leader: 0, down: [1, 2] };
  assert.equal(
    clusterSentence(ringCluster(looking), NOW_MS),
    "3 of 5 nodes up, node4 paused, quorum 3: too few to go on",
  );
  assert.match(sentence(1, looking), /; too few are left to go on$/);
});

test("silence is said to be silence: no node is up or down, and nobody leads now", () => {
  const silent = ringCluster({ silentMs: 3000, down: [5] });
  assert.equal(
    clusterSentence(silent, NOW_MS),
    "nobody answers; the nodes were last heard from 3 s ago, when node1 led epoch 7",
  );
  for (const node of silent.nodes) {
    assert.equal(
      nodeSentence(node, silent, NOW_MS),
      `${node.nodeId} has not been heard from for 3 s`,
    );
    assert.equal(nodeLabel(node, silent), `${node.nodeId}, not heard from`);
    assert.equal(rateInWords(node), "");
  }
  const nodes = silent.nodes.map(({ saidAtMs: _, ...node }) => node);
  const never = { ...silent, leader: undefined, nodes };
  assert.equal(clusterSentence(never, NOW_MS), "nobody answers; no node has ever been heard from");
  assert.equal(nodeSentence(nodeOf(never, 2), never, NOW_MS), "node2 has not been heard from");
});

test("a link that was cut on purpose is told of at both ends, and of the cluster", () => {
  const one = { cutsOnPurpose: [[1, 2]] } as const;
  const rest = "node2 follows node1 and has everything";
  assert.equal(
    sentence(1, one),
    "node1 leads epoch 7 for 02:05; 3 of 4 followers are linked; " +
      "it has cut its link to node2 (on purpose)",
  );
  assert.equal(sentence(2, one), `${rest}; node1 has cut its link to it (on purpose)`);
  assert.equal(sentence(3, one), "node3 follows node1 and has everything");
  assert.equal(
    clusterSentence(ringCluster(one), NOW_MS),
    "5 of 5 nodes up, quorum 3, node1 leads epoch 7; node1 has cut its link to node2 (on purpose)",
  );
  const all = {
    count: 3,
    cutsOnPurpose: [
      [2, 1],
      [2, 3],
    ],
  } as const;
  assert.match(sentence(2, all), /; it has cut its links to all others \(on purpose\)$/);
  const more = {
    cutsOnPurpose: [
      [2, 3],
      [1, 3],
      [1, 4],
    ],
  } as const;
  assert.match(sentence(1, more), /; it has cut its links to node3 and node4 \(on purpose\)$/);
  assert.match(sentence(3, more), /; node1 and node2 have cut their links to it \(on purpose\)$/);
  assert.match(
    clusterSentence(ringCluster(more), NOW_MS),
    /epoch 7; 2 nodes have cut links \(on purpose\)$/,
  );
  assert.match(
    sentence(1, {
      leader: 0,
      cutsOnPurpose: [
        [1, 2],
        [1, 3],
        [1, 4],
      ],
    }),
    /no quorum of links \(2 of 5\); it has cut its links to node2, node3 and node4 \(on purpose\)$/,
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
  const of = (options: RingClusterOptions): string => clusterSentence(ringCluster(options), NOW_MS);
  assert.equal(of({}), "5 of 5 nodes up, quorum 3, node1 leads epoch 7");
  assert.equal(
    of({ leader: 0, down: [1] }),
    "4 of 5 nodes up, quorum 3, no leader: they elect one",
  );
  assert.equal(of({ leader: 0, down: [1, 2, 3] }), "2 of 5 nodes up, quorum 3: too few to go on");
  assert.equal(of({ count: 0 }), "no server has answered");
  assert.equal(clusterSentence(undefined, NOW_MS), "asking the nodes how they stand");
});

test("a node's label for those who do not see it", () => {
  const cluster = ringCluster({ down: [2], lag: { 2: undefined } });
  assert.equal(nodeLabel(nodeOf(cluster, 1), cluster), "node1, leader, epoch 7, 0 behind");
  assert.equal(nodeLabel(nodeOf(cluster, 2), cluster), "node2, down, epoch 7");
});
