// Proves what the two sides of a partition may say: the majority goes on under a new leader, the
// minority confirms nothing and answers no linearizable read, shows what it has to who asks for
// that, and has it all once the links heal.
import assert from "node:assert/strict";
import test from "node:test";
import { epochOf } from "../../game/zxid.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster } from "./cluster.testing.js";
import { cutLinks, healLinks } from "./links.testing.js";
import type { TestNode } from "./node-process.testing.js";
import { post } from "./post.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

const WRITE = { room: "lobby", player: "alice", value: 61 };

async function checkMinority(node: TestNode): Promise<void> {
  const write = await post(node, "GameService/SetTarget", { ...WRITE, requestId: `by-${node.id}` });
  assert.equal(write.code, "unavailable", JSON.stringify(write.body));
  assert.equal(write.info?.reason, "NO_LEADER");
  assert.equal(write.info?.outcomeUnknown, false, "it certainly did not happen");
  assert.ok((write.info?.retryAfterMs ?? 0) > 0, "it may be tried again");
  const read = await post(node, "GameService/GetGame", { room: "lobby" });
  assert.equal(read.code, "unavailable", JSON.stringify(read.body));
  const local = await post(node, "GameService/GetGame", {
    room: "lobby",
    consistency: "CONSISTENCY_LOCAL",
  });
  assert.equal(local.status, 200, JSON.stringify(local.body));
  assert.match(JSON.stringify(local.body), /"target":60\b/);
}

test("a leader in the minority confirms nothing; the majority goes on", {
  timeout: 60_000,
}, async (t) => {
  const cluster = await startCluster(t, { nodes: 5 });
  await cluster.settled();
  const old = await cluster.leader();
  const first = await post(cluster.node(old.nodeId), "GameService/SetTarget", {
    ...WRITE,
    value: 60,
  });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  await cluster.settled();

  const leader = cluster.node(old.nodeId);
  const [companion, ...majority] = cluster.others(old.nodeId);
  assert.ok(companion !== undefined);
  const minority = [leader, companion];
  await cutLinks(minority, majority);
  const next = await cluster.leader(old.epoch);
  assert.ok(
    majority.some(({ id }) => id === next.nodeId),
    `${next.nodeId} leads`,
  );
  for (const { id } of minority) {
    await cluster.awaitStatus(id, "looking for a leader", ({ role }) => role === Role.LOOKING);
  }
  for (const node of minority) await checkMinority(node);

  const writers = await startWriters({ servers: majority.map(({ url }) => url), everyMs: 10 });
  const { acked } = await writers.nextAck("a write of the majority", () => true);
  assert.equal(epochOf(acked.zxid), next.epoch);
  await writers.moreAcks(50);
  await healLinks(minority, majority);
  const same = await cluster.awaitStatus(companion.id, "a follower", ({ role, epoch }) => {
    return role === Role.FOLLOWING && epoch >= next.epoch;
  });
  assert.ok(same.epoch >= next.epoch);
  await writers.moreAcks(20);
  await writers.stop();
  await cluster.settled();
  for (const node of cluster.nodes) {
    const { status, body } = await post(node, "GameService/GetGame", { room: "lobby" });
    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /"target":60\b/, "what the minority refused never happened");
  }
  await verifyLogs(cluster, writers.history);
});
