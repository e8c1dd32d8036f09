// Proves that a node which was away is brought up to date the right way: what it lacks, if the
// leader still has that in memory; a snapshot, if it has nothing; and first cut back, if it holds
// what was never committed.
import assert from "node:assert/strict";
import test from "node:test";
import { counterOf, epochOf, parseZxid } from "../../game/zxid.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { commitMany } from "./commit-many.testing.js";
import { cutLinks, healLinks } from "./links.testing.js";
import { readLogFiles } from "./log-files.testing.js";
import type { LogLine } from "./node-log.testing.js";
import type { TestNode } from "./node-process.testing.js";
import { post } from "./post.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

const LIMIT = { timeout: 60_000 };
const AWAY_TRANSACTIONS = 10_000;
const LOG_TAIL_ENTRIES = 12_000;
const AFTER_SNAP_TRANSACTIONS = 100;

interface Sync {
  readonly sent: string;
  readonly taken: string;
}

/** What the leader says that it sent to the node, and the node that it took, since the marks. */
async function syncOf(
  leader: TestNode,
  node: TestNode,
  marks: ReadonlyMap<TestNode, number>,
): Promise<Sync> {
  const isSent = ({ msg, fields }: LogLine) => msg === "sync sent" && fields.peer === node.id;
  const sent = await leader.log.waitFor("sync sent", isSent, marks.get(leader));
  const isTaken = ({ msg, fields }: LogLine) => msg === "sync taken" && fields.peer === leader.id;
  const taken = await node.log.waitFor("sync taken", isTaken, marks.get(node));
  return { sent: String(sent.fields.detail), taken: String(taken.fields.detail) };
}

function marksOf({ nodes }: TestCluster): Map<TestNode, number> {
  return new Map(nodes.map((node) => [node, node.log.lines().length]));
}

async function checkSameState(cluster: TestCluster, room: string): Promise<void> {
  await cluster.settled();
  const local = { room, consistency: "CONSISTENCY_LOCAL" };
  const answers = await Promise.all(
    cluster.nodes.map((node) => post(node, "GameService/GetGame", local)),
  );
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.deepEqual(body, answers[0]?.body);
  }
}

test("away for 10 000 transactions: DIFF; without its directory: SNAP", LIMIT, async (t) => {
  const cluster = await startCluster(t, {
    nodes: 3,
    overrides: {
      limits: { logTailEntries: LOG_TAIL_ENTRIES, snapshotEntries: 5000, segmentEntries: 4000 },
    },
  });
  await cluster.settled();
  const { nodeId, epoch } = await cluster.leader();
  const leader = cluster.node(nodeId);
  const [away] = cluster.others(nodeId);
  assert.ok(away !== undefined);

  await away.kill();
  await commitMany(leader, "long", AWAY_TRANSACTIONS);
  let marks = marksOf(cluster);
  away.start();
  const diff = await syncOf(leader, away, marks);
  const entries = Number(/^DIFF of (\d+) entries for 1\.\d+$/.exec(diff.sent)?.[1]);
  assert.ok(entries >= AWAY_TRANSACTIONS, diff.sent);
  assert.match(diff.taken, /^DIFF from 1\.\d+$/);
  await checkSameState(cluster, "long");

  await away.kill();
  away.deleteData();
  // Now the leader has forgotten the beginning, which is what an empty log would need.
  await commitMany(leader, "long", Math.ceil(LOG_TAIL_ENTRIES / 2));
  marks = marksOf(cluster);
  away.start();
  const snap = await syncOf(leader, away, marks);
  assert.match(snap.sent, /^SNAP of \d+ entries for 0\.0$/);
  assert.match(snap.taken, /^SNAP from 0\.0$/);
  await commitMany(leader, "long", AFTER_SNAP_TRANSACTIONS);
  await checkSameState(cluster, "long");
  assert.equal((await cluster.leader()).epoch, epoch, "nobody else had to be elected");
  const { transactions } = await verifyLogs(cluster);
  assert.ok(transactions > AWAY_TRANSACTIONS + LOG_TAIL_ENTRIES / 2);
  const part = await readLogFiles(cluster.config.dataDir, away.id);
  assert.ok(part.length >= AFTER_SNAP_TRANSACTIONS, "it went on from the snapshot");
  assert.ok(part.length < transactions, "and has nothing of what was before");
});

test("a node that begins without data counts once it has caught up", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, blank: ["node1"] });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  const node = cluster.node("node1");
  const isStart = ({ msg }: LogLine) => msg === "started";
  const first = await node.log.waitFor("started", isStart);
  assert.equal(first.fields.counts, false);
  const { sent, taken } = await syncOf(cluster.node(nodeId), node, new Map());
  assert.match(`${sent}, ${taken}`, /^DIFF of \d+ entries for 0\.0, DIFF from 0\.0$/);
  await node.kill();
  const mark = node.log.lines().length;
  node.start();
  const second = await node.log.waitFor("started", isStart, mark);
  assert.equal(second.fields.counts, true);
  await verifyLogs(cluster);
});

test("a write that only an isolated leader has is cut off: TRUNC", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  await cluster.settled();
  const old = await cluster.leader();
  const leader = cluster.node(old.nodeId);
  const others = cluster.others(old.nodeId);
  const opened = await post(leader, "GameService/SetTarget", { player: "dan", value: 50 });
  assert.equal(opened.status, 200);
  const common = await cluster.settled();
  const marks = marksOf(cluster);

  await cutLinks([leader], others);
  const guess = { player: "alice", value: 45, requestId: "the-lost-guess" };
  const lost = await post(leader, "GameService/SubmitGuess", guess, 3000);
  assert.equal(lost.info?.reason, "LEADER_LOST", JSON.stringify(lost.body));
  assert.equal(lost.info?.outcomeUnknown, true);
  const tail = await cluster.awaitStatus(leader.id, "looking", ({ role }) => role === Role.LOOKING);
  assert.equal(tail.durableZxid, common + 1n, "the guess is on its disk");
  assert.equal(tail.appliedZxid, common, "and was not applied");

  const now = await cluster.leader(old.epoch);
  const next = cluster.node(now.nodeId);
  const other = await post(next, "GameService/SubmitGuess", { player: "bob", value: 60 });
  assert.equal(other.status, 200, JSON.stringify(other.body));
  await healLinks([leader], others);
  const { sent, taken } = await syncOf(next, leader, marks);
  assert.match(sent, /^TRUNC of \d+ entries for 1\.\d+$/);
  assert.equal(parseZxid(taken.replace("TRUNC from ", "")), common + 1n, taken);
  await checkSameState(cluster, "lobby");

  const before = await post(leader, "GameService/GetGame");
  assert.doesNotMatch(JSON.stringify(before.body), /alice/, "what was cut off never happened");
  const again = await post(leader, "GameService/SubmitGuess", guess);
  const zxid = BigInt(String(again.body.zxid));
  assert.deepEqual([epochOf(zxid), counterOf(zxid)], [now.epoch, 2], "it happens now, once");
  await verifyLogs(cluster, {
    writes: [
      {
        requestId: guess.requestId,
        server: leader.url,
        issuedAtMs: 0,
        acked: { atMs: 1, zxid },
      },
    ],
    reads: [],
  });
});
