/**
 * What must hold when a run is over and its nodes are stopped: every node's files are sound, all
 * logs are parts of one, what clients and watchers were told is in it, once and where they were
 * told, and clients' histories are linearizable. Each check throws or says what is wrong.
 */
import { crc32 } from "node:zlib";
import { formatZxid } from "../../game/zxid.js";
import { checkExactlyOnce, checkLogs } from "../cluster/check-logs.testing.js";
import { checkRealTimeOrder, type History } from "../cluster/history.testing.js";
import { type LoggedTransaction, readLogFiles } from "../cluster/log-files.testing.js";
import { checkHistory } from "../history/check.js";
import { isAnswered, type Operation } from "../history/operation.js";
import { sessionStepBack } from "../history/session-order.js";
import type { ChaosCluster } from "./chaos-cluster.js";
import type { SeenTransaction } from "./watch-order.js";
import { readWholeLog } from "./whole-log.js";

/** Something that may never be. */
export interface Violation {
  readonly name: string;
  readonly what: string;
}

export interface Told {
  readonly operations: readonly Operation[];
  readonly watched: readonly (readonly SeenTransaction[])[];
}

type Check = readonly [name: string, work: () => Promise<unknown> | unknown];

/** `settledAt`: what every node had applied before it was stopped. */
export async function verifyFiles(
  { cluster, archive }: ChaosCluster,
  settledAt: bigint,
  told: Told,
): Promise<{ readonly violations: readonly Violation[]; readonly transactions: number }> {
  let whole: readonly LoggedTransaction[] = [];
  const readWhole = (): void => {
    const [first] = cluster.nodes;
    if (first !== undefined) whole = readWholeLog(first.dir, archive);
  };
  const verifyNode = async (id: string): Promise<void> => {
    const log = await readLogFiles(cluster.config.dataDir, id);
    checkLogs(new Map(Object.entries({ "the whole": whole, [id]: log })), settledAt);
  };
  const violations = await violationsOf([
    ["WholeLog", readWhole],
    ...cluster.nodes.map(({ id }): Check => ["SoundLogs", () => verifyNode(id)]),
  ]);
  const transactions = whole.length;
  return { violations: [...violations, ...(await verifyTold(whole, told))], transactions };
}

/** Against a log from its first transaction on. */
export async function verifyTold(
  whole: readonly LoggedTransaction[],
  { operations, watched }: Told,
): Promise<readonly Violation[]> {
  const history = historyOf(operations);
  const violations = await violationsOf([
    ["ExactlyOnce", () => checkExactlyOnce(whole, history)],
    ["RealTime", () => checkRealTimeOrder(history)],
    ["NoIsNo", () => checkRefusals(whole, operations)],
    ["Sessions", () => checkSessions(operations)],
    ...watched.map((seen): Check => ["Watched", () => checkWatched(whole, seen)]),
  ]);
  const verdict = checkHistory(operations);
  if (verdict.kind === "violation") violations.push({ name: "Linearizable", what: verdict.words });
  if (verdict.kind === "unknown") violations.push({ name: "Undecided", what: verdict.why });
  return violations;
}

async function violationsOf(checks: readonly Check[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [name, work] of checks) {
    try {
      await work();
    } catch (error) {
      violations.push({ name, what: error instanceof Error ? error.message : String(error) });
    }
  }
  return violations;
}

/** What was certainly not to happen is not there. */
function checkRefusals(
  whole: readonly LoggedTransaction[],
  operations: readonly Operation[],
): void {
  const places = new Map(whole.map(({ requestId, zxid }) => [requestId, zxid]));
  for (const { requestId, result } of operations) {
    const place = places.get(requestId);
    if (result?.type !== "rejected" || place === undefined) continue;
    throw new Error(`${requestId} was told ${result.reason}, and is at ${formatZxid(place)}`);
  }
}

/** Nobody was told less than before. */
function checkSessions(operations: readonly Operation[]): void {
  const stepBack = sessionStepBack(operations);
  if (stepBack !== undefined) throw new Error(stepBack);
}

function checkWatched(whole: readonly LoggedTransaction[], seen: readonly SeenTransaction[]): void {
  const places = new Map(whole.map(({ zxid, requestId }) => [zxid, requestId]));
  for (const { zxid, crc } of seen) {
    const requestId = places.get(zxid);
    const at = formatZxid(zxid);
    if (requestId === undefined) throw new Error(`a watcher saw ${at}, and the log lacks it`);
    if (crc32(requestId) !== crc) throw new Error(`a watcher saw something else at ${at}`);
  }
}

function historyOf(operations: readonly Operation[]): History {
  const history: History = { writes: [], reads: [] };
  for (const operation of operations) {
    const { requestId, client, call, invokedAtMs: issuedAtMs } = operation;
    const answer = isAnswered(operation) ? operation : undefined;
    if (call.type !== "read") {
      const { result } = operation;
      const acked =
        answer !== undefined && result?.type === "committed"
          ? { atMs: answer.returnedAtMs, zxid: result.zxid }
          : undefined;
      const write = { requestId, server: client, issuedAtMs };
      history.writes.push(acked === undefined ? write : { ...write, acked });
    } else if (answer?.result.type === "state") {
      const { returnedAtMs: answeredAtMs, result } = answer;
      history.reads.push({ server: client, issuedAtMs, answeredAtMs, zxid: result.zxid });
    }
  }
  return history;
}
