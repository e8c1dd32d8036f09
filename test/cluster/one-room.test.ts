// Proves that what several clients are told who play one room against each other, through all nodes
// at once and while leaders die, has an order that explains every answer; and that the history of
// it can be saved and judged from its file.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { epochOf } from "../../game/zxid.js";
import { checkHistory } from "../history/check.js";
import { committed, historyOf, NO_ROOM, READ, saw, target } from "../history/hand-written.js";
import { loadHistory } from "../history/json-lines.js";
import { isAnswered } from "../history/operation.js";
import { startCluster } from "./cluster.testing.js";
import { checkAnswers } from "./history.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

const KILLS = 2;
const RIVALS = 6;

test("rivals in one room under two dying leaders", { timeout: 60_000 }, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { servers } = cluster;
  const writers = await startWriters({ servers, everyMs: 10, rivals: RIVALS, writesPerRoom: 60 });
  for (let kill = 1; kill <= KILLS; kill++) {
    await writers.moreAcks(50);
    const { nodeId, epoch } = await cluster.leader();
    const next = writers.nextAck("a write after it", ({ acked }) => epochOf(acked.zxid) > epoch);
    await cluster.node(nodeId).kill();
    await next;
    cluster.node(nodeId).start();
    await cluster.rejoined(nodeId, epoch);
  }
  await writers.moreAcks(50);
  await writers.stop();

  const { operations = [] } = writers.history;
  const answered = operations.filter(isAnswered);
  const rejected = answered.filter(({ result }) => result.type === "rejected");
  const unknown = operations.length - answered.length;
  t.diagnostic(`${operations.length} operations, ${rejected.length} no, ${unknown} unknown`);
  assert.ok(answered.some(({ room, call }) => room.startsWith("arena") && call.type === "read"));
  assert.ok(
    answered.some(({ room }) => room === "room1"),
    "the writers stay in their room",
  );
  assert.ok(rejected.length > 0, "nobody was refused: they do not get in each other's way");

  const file = join(cluster.config.dataDir, "history.jsonl");
  writers.saveHistory(file);
  assert.deepEqual(loadHistory(file), operations);
  assert.equal(checkHistory(loadHistory(file)).kind, "ok");
  await verifyLogs(cluster, writers.history);
});

test("a lie among the answers is found, and kept for whoever wants to look", () => {
  const history = historyOf([
    ["alice", 0, 9, target(50), committed("1.1", 1)],
    ["bob", 20, 29, READ, saw("1.0", NO_ROOM)],
  ]);
  let words = "";
  assert.throws(
    () => checkAnswers(history),
    (error) => {
      words = String(error);
      return true;
    },
  );
  const file = /npm run check-history -- (\S+)/.exec(words)?.[1] ?? assert.fail(words);
  try {
    assert.match(words, /alice r1 had been answered/);
    assert.deepEqual(loadHistory(file), history);
  } finally {
    rmSync(dirname(file), { recursive: true });
  }
});
