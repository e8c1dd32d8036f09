// Proves that a leader that is frozen (and so keeps its sockets) is replaced while players keep
// writing, and that once it thaws it steps down, drops what was never committed and catches up.
import assert from "node:assert/strict";
import test from "node:test";
import { epochOf, formatZxid } from "../../game/zxid.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster } from "./cluster.testing.js";
import { post } from "./post.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

const BURST_WRITES = 60;

test("a frozen leader is replaced, and steps down when it thaws", {
  timeout: 60_000,
}, async (t) => {
  const cluster = await startCluster(t, { nodes: 5 });
  const writers = await startWriters({ servers: cluster.servers, everyMs: 10 });
  await writers.moreAcks(20);
  const old = await cluster.leader();
  const node = cluster.node(old.nodeId);
  const mark = node.log.lines().length;
  const next = writers.nextAck(
    "a confirmed write while the leader is frozen",
    ({ acked }) => epochOf(acked.zxid) > old.epoch,
  );
  // In the midst of many writes, it may hold some that nobody else has.
  const firstAck = writers.moreAcks(1);
  writers.burst(BURST_WRITES);
  await firstAck;
  const frozenAtMs = performance.now();
  node.freeze();
  const { acked } = await next;
  t.diagnostic(`${old.nodeId} frozen: ${Math.round(acked.atMs - frozenAtMs)} ms`);
  await writers.moreAcks(50);

  node.thaw();
  // What a read says now must not be what the old leader still believes.
  const read = await post(node, "GameService/GetGame", { room: "room0" });
  if (read.status === 200) assert.ok(epochOf(BigInt(String(read.body.zxid))) > old.epoch);
  else assert.equal(read.code, "unavailable");
  await node.log.waitFor(
    "role LOOKING",
    ({ msg, fields }) => {
      return msg === "role" && fields.role === "LOOKING";
    },
    mark,
  );
  const taken = await node.log.waitFor("sync taken", ({ msg }) => msg === "sync taken", mark);
  assert.match(String(taken.fields.detail), /^(DIFF|TRUNC) from /);
  t.diagnostic(`${old.nodeId} thawed: ${taken.fields.detail}, to ${taken.fields.at}`);
  const now = await cluster.awaitStatus(old.nodeId, "a follower", ({ role, epoch }) => {
    return role === Role.FOLLOWING && epoch > old.epoch;
  });
  assert.notEqual(now.leaderId, old.nodeId);
  await writers.moreAcks(20);
  await writers.stop();
  const { transactions } = await verifyLogs(cluster, writers.history);
  t.diagnostic(`${transactions} transactions up to ${formatZxid(acked.zxid)} and on`);
});
