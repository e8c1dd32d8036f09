// Proves that clusters of 1 to 9 nodes elect a leader, commit, and lose nothing when the leader is
// killed: at once where a quorum is left, else as soon as it is back.
import assert from "node:assert/strict";
import test from "node:test";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { type Answer, post } from "./post.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

const SIZES = [1, 2, 3, 4, 5, 7, 9];

/** Through each node that runs, one guess; all of them at the same time. */
async function guessThroughAll(cluster: TestCluster): Promise<void> {
  const running = cluster.nodes.filter((node) => node.pid() !== undefined);
  const answers = await Promise.all(
    running.map((node) => post(node, "GameService/SubmitGuess", { player: node.id, value: 7 })),
  );
  for (const answer of answers) assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

function guessCount({ body }: Answer): unknown {
  return Object.assign({ guessCount: undefined }, body.room).guessCount;
}

for (const size of SIZES) {
  test(`${size} nodes`, { timeout: 60_000 }, async (t) => {
    const cluster = await startCluster(t, { nodes: size });
    await cluster.settled();
    const first = await cluster.leader();
    const leader = cluster.node(first.nodeId);
    const write = await post(leader, "GameService/SetTarget", { player: "dan", value: 50 });
    assert.equal(write.status, 200, JSON.stringify(write.body));
    await guessThroughAll(cluster);

    await leader.kill();
    const others = cluster.others(leader.id);
    let guesses = size;
    if (others.length >= cluster.config.quorum) {
      await cluster.leader(first.epoch);
      for (const { id } of others) await cluster.rejoined(id, first.epoch);
      await guessThroughAll(cluster);
      guesses += others.length;
    } else {
      for (const node of others) {
        const refused = await post(node, "GameService/SubmitGuess", { player: "eve", value: 1 });
        assert.equal(refused.code, "unavailable", JSON.stringify(refused.body));
      }
    }
    leader.start();
    await cluster.rejoined(leader.id, first.epoch);
    await cluster.settled();
    for (const node of cluster.nodes) {
      const read = await post(node, "GameService/GetGame");
      assert.equal(guessCount(read), guesses, `${node.id}: ${JSON.stringify(read.body)}`);
    }
    await verifyLogs(cluster);
  });
}
