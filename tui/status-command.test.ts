/** Proves what `zabble status` shows of nodes that are up, behind, down and frozen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { never } from "../client/scripted-server.testing.js";
import { zxidOf } from "../game/zxid.js";
import { ClusterService, type NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { finishRun } from "./command-run.testing.js";

type Status = MessageInitShape<typeof NodeStatusSchema>;

function node(status: Status): Transport {
  return createRouterTransport(({ service }) => {
    service(ClusterService, { getStatus: () => ({ status }) });
  });
}

const frozen = createRouterTransport(({ service }) => {
  service(ClusterService, { getStatus: (_request, { signal }) => never(signal) });
});

const leading: Status = {
  nodeId: "node1",
  role: Role.LEADING,
  phase: Phase.BROADCAST,
  leaderId: "node1",
  epoch: 3,
  commitZxid: zxidOf(3, 1842),
};
const following: Status = { ...leading, nodeId: "node2", role: Role.FOLLOWING };
const behind: Status = { ...following, nodeId: "node3", commitZxid: zxidOf(3, 1790) };
const looking: Status = {
  nodeId: "node4",
  role: Role.LOOKING,
  phase: Phase.ELECTION,
  epoch: 2,
  commitZxid: zxidOf(2, 977),
};

const servers = {
  "http://127.0.0.1:7101": node(leading),
  "http://127.0.0.1:7102": node(following),
  "http://127.0.0.1:7103": node(behind),
  "http://127.0.0.1:7104": node(looking),
  "http://127.0.0.1:7105": frozen,
};

test("a line per node, and one for the whole", async () => {
  const { exitCode, stdout } = await finishRun(["status"], { servers });
  assert.equal(exitCode, 0);
  assert.equal(
    stdout,
    `node   role      phase      epoch  commit  lag  leader  address
node1  leader    broadcast      3  3.1842    0  node1   127.0.0.1:7101
node2  follower  broadcast      3  3.1842    0  node1   127.0.0.1:7102
node3  follower  broadcast      3  3.1790   52  node1   127.0.0.1:7103
node4  looking   election       2  2.977     ?          127.0.0.1:7104
node5  down                                             127.0.0.1:7105
node1 leads epoch 3; 4 of 5 nodes up, quorum 3
`,
  );
});

test("--json has the same, with stable keys", async () => {
  const { stdout } = await finishRun(["status", "--json"], { servers });
  const said = JSON.parse(stdout);
  assert.equal(said.leader, "node1");
  assert.equal(said.epoch, 3);
  assert.equal(said.quorum, 3);
  assert.deepEqual(said.nodes[2], {
    node: "node3",
    address: "127.0.0.1:7103",
    up: true,
    role: "follower",
    phase: "broadcast",
    epoch: 3,
    commitZxid: "3.1790",
    commitZxidDecimal: "12884903678",
    lag: 52,
    leader: "node1",
  });
  assert.equal(said.nodes[3].lag, null);
  assert.equal(said.nodes[4].up, false);
  assert.equal(said.nodes[4].reason, "no answer within 1000 ms");
});

test("of two that claim to lead, the one of the newest epoch does", async () => {
  const newer: Status = { ...leading, nodeId: "node2", leaderId: "node2", epoch: 4 };
  const { stdout } = await finishRun(["status"], {
    servers: { ...servers, "http://127.0.0.1:7102": node(newer) },
  });
  assert.match(stdout, /\nnode2 leads epoch 4;/);
});

test("a cluster of which nothing is up is unavailable", async () => {
  const { exitCode, stdout } = await finishRun(["status"]);
  assert.equal(exitCode, 3);
  assert.match(stdout, /no leader; 0 of 5 nodes up, quorum 3\n$/);
});

test("a server that is named tells how it sees the others", async () => {
  const gateway = createRouterTransport(({ service }) => {
    service(ClusterService, {
      getCluster: () => ({
        quorum: 2,
        nodes: [
          { nodeId: "a", address: "h:1", alive: true, status: { ...leading, nodeId: "a" } },
          { nodeId: "b", address: "h:2", alive: false, status: following },
          { nodeId: "c", address: "h:3", alive: true },
        ],
      }),
    });
  });
  const args = ["status", "--server", "http://gate:8080"];
  const { exitCode, stdout } = await finishRun(args, { servers: { "http://gate:8080": gateway } });
  assert.equal(exitCode, 0);
  assert.match(stdout, /^a +leader +broadcast/m);
  assert.match(stdout, /^b +down +h:2$/m);
  assert.match(stdout, /^a leads epoch 3; 1 of 3 nodes up, quorum 2$/m);
  const none = await finishRun([...args, "--timeout", "100"]);
  assert.equal(none.exitCode, 3);
  assert.match(none.stderr, /^unavailable: /);
});
