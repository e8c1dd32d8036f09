// Proves that a node whose disk is full ends and says why, that the cluster goes on without it, and
// that it comes back with nothing lost once there is room. The limit is the system's own: no file
// of the process may grow beyond it.
import assert from "node:assert/strict";
import test from "node:test";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

/** About a thousand transactions; a second or two of writing. */
const FILE_KIBIBYTES_MAX = 256;

/** Of nodes with equal logs the last one is elected, so whoever leads instead need only go. */
async function letLastNodeLead(cluster: TestCluster): Promise<void> {
  const last = cluster.nodes.at(-1)?.id;
  for (let leader = await cluster.leader(); leader.nodeId !== last; ) {
    const node = cluster.node(leader.nodeId);
    await node.kill();
    const next = await cluster.leader(leader.epoch);
    node.start();
    await cluster.settled();
    leader = next;
  }
}

for (const [role, limited] of [
  ["a follower", "node1"],
  ["the leader", "node3"],
] as const) {
  test(`the disk of ${role} is full`, { timeout: 60_000 }, async (t) => {
    let isFull = true;
    const cluster = await startCluster(t, {
      nodes: 3,
      wrapper(id) {
        if (id !== limited || !isFull) return [];
        return ["bash", "-c", `ulimit -f ${FILE_KIBIBYTES_MAX}; exec "$@"`, "bash"];
      },
    });
    await cluster.settled();
    await letLastNodeLead(cluster);
    const node = cluster.node(limited);
    const ended = node.endsByItself();
    const writers = await startWriters({ servers: cluster.servers, everyMs: 2 });
    assert.deepEqual(await ended, { code: 3, signal: null });
    const words = node.log.lines().at(-1)?.text ?? "";
    assert.match(words, new RegExp(`^${limited} ends: the disk is full: .* start it again`));
    await writers.moreAcks(200);

    isFull = false;
    node.start();
    await cluster.rejoined(limited, 0);
    await writers.moreAcks(50);
    await writers.stop();
    const { confirmed } = await verifyLogs(cluster, writers.history);
    assert.equal(confirmed, writers.history.writes.length);
  });
}
