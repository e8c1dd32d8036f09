// Proves that five leaders killed one after the other, while players keep writing through every
// node, lose nothing that was confirmed, repeat nothing, and that clients' histories stay
// linearizable.
import assert from "node:assert/strict";
import test from "node:test";
import { epochOf } from "../../game/zxid.js";
import { startCluster } from "./cluster.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

const KILLS = 5;
const BURST_WRITES = 60;

test("five leaders are killed under continuous writes", { timeout: 60_000 }, async (t) => {
  const cluster = await startCluster(t, { nodes: 5 });
  const writers = await startWriters({ servers: cluster.servers, everyMs: 10 });
  for (let kill = 1; kill <= KILLS; kill++) {
    const { nodeId, epoch } = await cluster.leader();
    const node = cluster.node(nodeId);
    const next = writers.nextAck(
      "a confirmed write after the leader's death",
      ({ acked }) => epochOf(acked.zxid) > epoch,
    );
    // At its death many writes must be on their way: some proposed, some committed and not yet
    // answered, so that a client's repeat meets what it asked for the first time.
    const firstAck = writers.moreAcks(1);
    writers.burst(BURST_WRITES);
    await firstAck;
    const killedAtMs = performance.now();
    await node.kill();
    const { acked } = await next;
    t.diagnostic(`kill ${kill}, ${nodeId}: ${Math.round(acked.atMs - killedAtMs)} ms`);
    node.start();
    await cluster.rejoined(nodeId, epoch);
    await writers.moreAcks(20);
  }
  await writers.stop();
  const { writes, reads } = writers.history;
  const { transactions, confirmed } = await verifyLogs(cluster, writers.history);
  t.diagnostic(`${confirmed} of ${writes.length} writes, ${reads.length} reads, ${transactions}`);
  assert.equal(confirmed, writes.length, "every write was confirmed in the end");
  assert.ok(reads.length > 0);
});
