/**
 * The last word of every test here: stops the cluster, reads every node's log from its files, and
 * checks that all hold the same, that nothing is missing, that every confirmed command happened
 * once and where its client was told, and that some order explains all that clients were told.
 */
import assert from "node:assert/strict";
import { checkExactlyOnce, checkLogs } from "./check-logs.testing.js";
import type { TestCluster } from "./cluster.testing.js";
import { checkAnswers, checkRealTimeOrder, type History } from "./history.testing.js";
import { type LoggedTransaction, readLogFiles } from "./log-files.testing.js";

export interface VerifiedLogs {
  /** In the longest log, which begins with the cluster's first transaction. */
  readonly transactions: number;
  /** Confirmed writes, each found once. */
  readonly confirmed: number;
}

/** All nodes must run: what a node that is away holds proves nothing about what it will hold. */
export async function verifyLogs(
  cluster: TestCluster,
  history: History = { writes: [], reads: [] },
): Promise<VerifiedLogs> {
  const settledAt = await cluster.settled();
  cluster.disconnect();
  await stopAll(cluster);
  const logs = new Map<string, readonly LoggedTransaction[]>();
  for (const { id } of cluster.nodes) {
    logs.set(id, await readLogFiles(cluster.config.dataDir, id));
  }
  const whole = checkLogs(logs, settledAt);
  const confirmed = checkExactlyOnce(whole, history);
  checkRealTimeOrder(history);
  checkAnswers(history.operations ?? []);
  return { transactions: whole.length, confirmed };
}

async function stopAll({ nodes }: TestCluster): Promise<void> {
  const ends = await Promise.all(nodes.map((node) => node.stop()));
  for (const [index, end] of ends.entries()) {
    const { id, log } = nodes[index] ?? {};
    const last = log?.lines().at(-1)?.text;
    assert.deepEqual(end, { code: 0, signal: null }, `${id} did not stop cleanly: ${last}`);
  }
}
