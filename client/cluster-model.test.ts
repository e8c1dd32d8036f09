// Proves what a screen says of the nodes: whose word counts, who is down and since when, who leads,
// how far each lags and how fast it goes, also when nodes die, come back or begin anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { zxidOf } from "../game/zxid.js";
import {
  type ClusterNodeSchema,
  GetClusterResponseSchema,
  type NodeStatus,
  NodeStatusSchema,
  Phase,
  Role,
} from "../gen/zabble/v1/cluster_pb.js";
import { afterPoll, type ClusterModel, type ClusterPoll, type NodeView } from "./cluster-model.js";

type StatusInit = MessageInitShape<typeof NodeStatusSchema>;
type NodeInit = MessageInitShape<typeof ClusterNodeSchema>;

const leading = { role: Role.LEADING, phase: Phase.BROADCAST };

/** Somebody must speak, or nothing is known of anybody. */
const other = { nodeId: "0", alive: true };

function statusOf(nodeId: string, status: StatusInit = {}): NodeStatus {
  return create(NodeStatusSchema, { nodeId, ...status });
}

interface Answers {
  readonly atMs: number;
  /** As one server sees them; undefined if none answered. */
  readonly nodes?: readonly NodeInit[];
  readonly own?: readonly NodeStatus[];
}

function pollOf({ atMs, nodes, own = [] }: Answers): ClusterPoll {
  const words = new Map(own.map((status) => [status.nodeId, { status, atMs }]));
  if (nodes === undefined) return { atMs, seen: undefined, words };
  const known = nodes.map((node) => ({ address: `127.0.0.1:${node.nodeId}`, ...node }));
  const cluster = create(GetClusterResponseSchema, { nodes: known, quorum: 2 });
  return { atMs, seen: { server: "http://a", cluster, atMs }, words };
}

function modelOf(...polls: readonly Answers[]): ClusterModel {
  let model: ClusterModel | undefined;
  for (const answers of polls) model = afterPoll(model, pollOf(answers));
  assert.ok(model !== undefined);
  return model;
}

function nodeOf(model: ClusterModel, nodeId: string): NodeView {
  const node = model.nodes.find((one) => one.nodeId === nodeId);
  assert.ok(node !== undefined);
  return node;
}

test("a node's own word wins over what another heard of it", () => {
  const model = modelOf({
    atMs: 1000,
    nodes: [
      { nodeId: "1", alive: false },
      { nodeId: "2", alive: true, status: statusOf("2", { commitZxid: 5n }), ageMs: 300n },
    ],
    own: [statusOf("1", { commitZxid: 9n }), statusOf("2", { commitZxid: 8n })],
  });
  const states = model.nodes.map(({ state, status, saidAtMs }) => [
    state,
    status?.commitZxid,
    saidAtMs,
  ]);
  assert.deepEqual(states, [
    ["up", 9n, 1000],
    ["up", 8n, 1000],
  ]);
  assert.equal(model.quorum, 2);
  assert.equal(model.seenFrom, "http://a");
  assert.equal(model.polledAtMs, 1000);
});

test("a silent node is up as long as the server has a link to it", () => {
  const linked = { nodeId: "1", alive: true, status: statusOf("1", { epoch: 3 }), ageMs: 400n };
  const model = modelOf({ atMs: 1000, nodes: [linked] });
  assert.equal(nodeOf(model, "1").state, "up");
  assert.equal(nodeOf(model, "1").status?.epoch, 3);
  assert.equal(nodeOf(model, "1").saidAtMs, 600);
});

test("gossip that is older than the node's own word does not replace it", () => {
  const node = (ageMs: bigint) => ({
    nodeId: "1",
    alive: true,
    status: statusOf("1", { uptimeMs: 7n, commitZxid: 5n }),
    ageMs,
  });
  const own = [statusOf("1", { uptimeMs: 8n, commitZxid: 6n })];
  const before = { atMs: 1000, nodes: [node(0n)], own };
  assert.equal(
    nodeOf(modelOf(before, { atMs: 1100, nodes: [node(200n)] }), "1").status?.commitZxid,
    6n,
  );
  assert.equal(
    nodeOf(modelOf(before, { atMs: 1100, nodes: [node(50n)] }), "1").status?.commitZxid,
    5n,
  );
});

test("a node that nobody reaches is down from when that was first seen, and keeps its last", () => {
  const alive = { nodeId: "1", alive: true, status: statusOf("1", { commitZxid: 5n }) };
  const dead = { ...alive, alive: false, ageMs: 5000n };
  const up = { atMs: 1000, nodes: [alive, other], own: [statusOf("1", { commitZxid: 6n })] };
  const gone = [dead, other];
  const down = modelOf(up, { atMs: 2000, nodes: gone }, { atMs: 3000, nodes: gone });
  assert.equal(nodeOf(down, "1").state, "down");
  assert.equal(nodeOf(down, "1").downSinceMs, 2000);
  assert.equal(nodeOf(down, "1").status?.commitZxid, 6n);
  const back = afterPoll(down, pollOf({ ...up, atMs: 4000 }));
  assert.equal(nodeOf(back, "1").state, "up");
  assert.equal(nodeOf(back, "1").downSinceMs, undefined);
  const again = afterPoll(back, pollOf({ atMs: 5000, nodes: gone }));
  assert.equal(nodeOf(again, "1").downSinceMs, 5000);
});

test("a node that never said anything is there all the same", () => {
  const nodes = [{ nodeId: "1", alive: false }, other];
  const node = nodeOf(modelOf({ atMs: 1, nodes }), "1");
  assert.deepEqual(node, {
    nodeId: "1",
    address: "127.0.0.1:1",
    state: "down",
    status: undefined,
    downSinceMs: 1,
    lag: undefined,
    rates: [],
  });
});

test("when no server answers, nodes that were known are down as soon as others speak", () => {
  const nodes = ["1", "2"].map((nodeId) => ({ nodeId, alive: true, status: statusOf(nodeId) }));
  const model = modelOf({ atMs: 1000, nodes }, { atMs: 2000, own: [statusOf("2")] });
  assert.deepEqual(
    model.nodes.map(({ nodeId, state }) => [nodeId, state]),
    [
      ["1", "down"],
      ["2", "up"],
    ],
  );
  assert.equal(model.quorum, 2);
  assert.equal(model.seenFrom, "");
  assert.deepEqual(modelOf({ atMs: 5 }).nodes, []);
});

const two = [
  { nodeId: "1", alive: true, status: statusOf("1", { ...leading, epoch: 3, commitZxid: 7n }) },
  { nodeId: "2", alive: false },
];

function standings({ nodes, leader, quorum, seenFrom }: ClusterModel): unknown {
  const states = nodes.map(({ state, downSinceMs }) => [state, downSinceMs]);
  return { states, leads: leader?.nodeId, quorum, seenFrom };
}

test("silence says nothing of the nodes: all is as it was, and unknown", () => {
  const rated = [100n, 150n].map((appliedCount, index) => ({
    atMs: 1000 + index * 500,
    nodes: two,
    own: [statusOf("1", { ...leading, epoch: 3, uptimeMs: 10n + appliedCount, appliedCount })],
  }));
  const known = modelOf(...rated);
  const silent = afterPoll(known, pollOf({ atMs: 4000 }));
  const states = [
    ["unknown", undefined],
    ["unknown", 1000],
  ];
  assert.deepEqual(standings(silent), { states, leads: "1", quorum: 2, seenFrom: "" });
  assert.equal(nodeOf(silent, "1").saidAtMs, 1500);
  assert.deepEqual(nodeOf(silent, "1").rates, [100], "no rate is made of silence");
  assert.deepEqual(
    standings(afterPoll(silent, pollOf({ atMs: 5000, nodes: two }))),
    standings(known),
    "and then they speak again",
  );
});

test("a server that reaches no node, or knows of none yet, is as good as none", () => {
  const deaf = two.map((node) => ({ ...node, alive: false, ageMs: 3000n }));
  const known = modelOf({ atMs: 1000, nodes: two });
  for (const nodes of [deaf, []]) {
    const model = afterPoll(known, pollOf({ atMs: 4000, nodes }));
    const states = [
      ["unknown", undefined],
      ["unknown", 1000],
    ];
    assert.deepEqual(standings(model), { states, leads: "1", quorum: 2, seenFrom: "" });
  }
  const first = modelOf({ atMs: 4000, nodes: deaf });
  assert.equal(first.leader, undefined, "an old word makes nobody a leader");
});

test("the lag counts to the newest commit, a dead node's too, and not across epochs", () => {
  const nodeAt = (nodeId: string, commitZxid: bigint, alive = true) => ({
    nodeId,
    alive,
    status: statusOf(nodeId, { commitZxid }),
  });
  const model = modelOf({
    atMs: 1,
    nodes: [
      nodeAt("1", zxidOf(3, 40)),
      nodeAt("2", zxidOf(3, 52), false),
      nodeAt("3", zxidOf(2, 50)),
      { nodeId: "4", alive: true },
    ],
  });
  assert.deepEqual(
    model.nodes.map(({ lag }) => lag),
    [12, 0, undefined, undefined],
  );
});

test("the leader is who works as one, by the newest epoch, and the moment stands still", () => {
  const own = [
    statusOf("1", { ...leading, epoch: 3, roleMs: 90_000n }),
    statusOf("2", { ...leading, epoch: 4, roleMs: 100n }),
    statusOf("3", { role: Role.LEADING, phase: Phase.SYNCHRONIZATION, epoch: 5 }),
  ];
  const nodes = ["1", "2", "3"].map((nodeId) => ({ nodeId, alive: true }));
  const model = modelOf({ atMs: 10_000, nodes, own });
  assert.deepEqual(model.leader, { nodeId: "2", epoch: 4, sinceMs: 9900 });
  const late = [statusOf("2", { ...leading, epoch: 4, roleMs: 1080n })];
  const later = afterPoll(model, pollOf({ atMs: 11_000, nodes, own: late }));
  assert.deepEqual(later.leader, model.leader);
  const next = [statusOf("1", { ...leading, epoch: 6, roleMs: 1n })];
  const taken = afterPoll(later, pollOf({ atMs: 12_000, nodes, own: next }));
  assert.deepEqual(taken.leader, { nodeId: "1", epoch: 6, sinceMs: 11_999 });
});

test("a dead leader leads no more, and neither does one that is paused", () => {
  const status = statusOf("1", { ...leading, epoch: 3 });
  assert.equal(modelOf({ atMs: 1, nodes: [{ nodeId: "1", status }, other] }).leader, undefined);
  const paused = { nodeId: "1", alive: true, status: { ...status, paused: true } };
  assert.equal(modelOf({ atMs: 1, nodes: [paused, other] }).leader, undefined);
});

test("nodes may be broken where one of them says so", () => {
  const nodes = [{ nodeId: "1", alive: true, status: statusOf("1", { admin: true }) }];
  assert.equal(modelOf({ atMs: 1, nodes }).admin, true);
  assert.equal(modelOf({ atMs: 1, nodes }, { atMs: 2 }).admin, true, "what is known stays known");
  assert.equal(modelOf({ atMs: 1, nodes: [{ nodeId: "1", alive: true }] }).admin, false);
});

function ratesOf(...words: readonly (StatusInit | undefined)[]): readonly number[] {
  const polls = words.map((status, index) => ({
    atMs: 1000 + index * 500,
    nodes: [{ nodeId: "1", alive: false }, other],
    own: status === undefined ? [] : [statusOf("1", status)],
  }));
  return nodeOf(modelOf(...polls), "1").rates;
}

test("the rate is what was applied over the client's clock", () => {
  const first = { uptimeMs: 10n, appliedCount: 100n };
  const second = { uptimeMs: 20n, appliedCount: 150n };
  assert.deepEqual(ratesOf(first), []);
  assert.deepEqual(ratesOf(first, second), [100]);
  assert.deepEqual(ratesOf(first, second, { ...second, uptimeMs: 30n }), [100, 0]);
  assert.deepEqual(ratesOf(first, second, undefined), [100, 0]);
});

test("a process that began anew, or is gone, has no rate", () => {
  const old = { uptimeMs: 1000n, appliedCount: 100n };
  assert.deepEqual(ratesOf(old, { uptimeMs: 5n, appliedCount: 900n }), [0]);
  const last = { uptimeMs: 2000n, appliedCount: 250n };
  assert.deepEqual(ratesOf(old, undefined, last), [0, 150]);
});

test("there are at most sixty samples, one a poll, newest last", () => {
  const words = Array.from({ length: 100 }, (_, index) => ({
    uptimeMs: BigInt(index),
    appliedCount: BigInt(index * index),
  }));
  const rates = ratesOf(...words);
  assert.equal(rates.length, 60);
  assert.equal(rates.at(-1), (99 * 99 - 98 * 98) * 2);
});

test("gossip is counted over the time from word to word, and an old word says nothing new", () => {
  const heard = (uptimeMs: bigint, appliedCount: bigint, ageMs: bigint): readonly NodeInit[] => [
    { nodeId: "1", alive: true, ageMs, status: statusOf("1", { uptimeMs, appliedCount }) },
  ];
  const model = modelOf(
    { atMs: 1000, nodes: heard(100n, 0n, 400n) },
    { atMs: 1500, nodes: heard(500n, 200n, 500n) },
    { atMs: 1600, nodes: heard(500n, 200n, 590n) },
    { atMs: 1700, nodes: heard(1000n, 700n, 200n) },
  );
  assert.deepEqual(nodeOf(model, "1").rates, [500, 500, 1000]);
});

test("a poll right after another makes no rate of its own", () => {
  const own = (uptimeMs: bigint, appliedCount: bigint) => [
    statusOf("1", { uptimeMs, appliedCount }),
  ];
  const nodes = [{ nodeId: "1", alive: true }];
  const model = modelOf(
    { atMs: 1000, nodes, own: own(1n, 0n) },
    { atMs: 1010, nodes, own: own(2n, 1n) },
    { atMs: 1500, nodes, own: own(3n, 50n) },
  );
  assert.deepEqual(nodeOf(model, "1").rates, [100]);
});
