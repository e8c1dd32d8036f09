/**
 * How long players wait when the leader is lost: five nodes with the default settings, a write
 * every few milliseconds through one node after the other, and the leader killed (SIGKILL) or
 * frozen (SIGSTOP) again and again. Measured is the time from the signal to the first confirmed
 * write that was issued after it. At the end every log is read from its files, and every confirmed
 * write must be in all of them once; if not, the figures are worth nothing and the program ends
 * with 1.
 *
 *   npm run bench:failover -- [--kills 20] [--freezes 5] [--every-ms 10] [--limit-s 300] [--json]
 *
 * Progress is on standard error, the result on standard output.
 */
import { arch, cpus, platform, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { epochOf } from "../game/zxid.js";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { type VerifiedLogs, verifyLogs } from "../test/cluster/verify-logs.testing.js";
import { startWriters, type Writers } from "../test/cluster/writers.testing.js";

const NODES = 5;
/** Confirmed writes between two trials: the cluster is in full swing again. */
const STEADY_WRITES = 100;

interface Options {
  readonly kills: number;
  readonly freezes: number;
  readonly everyMs: number;
  /** No trial begins after this. */
  readonly limitS: number;
  readonly json: boolean;
}

interface Trial {
  readonly how: "kill" | "freeze";
  readonly node: string;
  /** From the signal to the first confirmed write that was issued after it. */
  readonly nextAckMs: number;
  /** From its restart or thaw until the node follows the new leader. */
  readonly backMs: number;
}

interface Figures {
  readonly trials: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly maxMs: number;
  readonly backMedianMs: number;
}

function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "20" },
      freezes: { type: "string", default: "5" },
      "every-ms": { type: "string", default: "10" },
      "limit-s": { type: "string", default: "300" },
      json: { type: "boolean", default: false },
    },
  });
  const whole = (name: string, text: string): number => {
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw new Error(`--${name}: expected a whole number, got ${text}`);
  };
  return {
    kills: whole("kills", values.kills),
    freezes: whole("freezes", values.freezes),
    everyMs: Math.max(1, whole("every-ms", values["every-ms"])),
    limitS: whole("limit-s", values["limit-s"]),
    json: values.json,
  };
}

async function runTrial(cluster: TestCluster, writers: Writers, how: Trial["how"]): Promise<Trial> {
  await writers.moreAcks(STEADY_WRITES);
  const { nodeId, epoch } = await cluster.leader();
  const node = cluster.node(nodeId);
  const signalledAtMs = performance.now();
  if (how === "freeze") node.freeze();
  const gone = how === "kill" ? node.kill() : undefined;
  const { acked } = await writers.nextAck(
    "a confirmed write under the next leader",
    (write) => write.issuedAtMs > signalledAtMs && epochOf(write.acked.zxid) > epoch,
  );
  await gone;
  const returnedAtMs = performance.now();
  if (how === "kill") node.start();
  else node.thaw();
  await cluster.rejoined(nodeId, epoch);
  const backMs = Math.round(performance.now() - returnedAtMs);
  return { how, node: nodeId, nextAckMs: Math.round(acked.atMs - signalledAtMs), backMs };
}

function figuresOf(trials: readonly Trial[], how: Trial["how"]): Figures | undefined {
  const own = trials.filter((trial) => trial.how === how);
  if (own.length === 0) return undefined;
  const waits = own.map(({ nextAckMs }) => nextAckMs);
  return {
    trials: own.length,
    minMs: Math.min(...waits),
    medianMs: Math.round(median(waits)),
    maxMs: Math.max(...waits),
    backMedianMs: Math.round(median(own.map(({ backMs }) => backMs))),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function machine(): object {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
  };
}

function settings({ config }: TestCluster, { everyMs }: Options): object {
  const { tickMs, heartbeatTicks, syncLimitTicks, initLimitTicks, electionWaitTicks } = config;
  const times = { tickMs, heartbeatTicks, syncLimitTicks, initLimitTicks, electionWaitTicks };
  return { nodes: NODES, quorum: config.quorum, ...times, writeEveryMs: everyMs };
}

function rowOf(how: string, figures: Figures | undefined): string {
  if (figures === undefined) return "";
  const { trials, minMs, medianMs, maxMs, backMedianMs } = figures;
  return (
    `${how.padEnd(7)} ${String(trials).padStart(3)} trials: ` +
    `min ${minMs} / median ${medianMs} / max ${maxMs} ms to the next confirmed write; ` +
    `the node is back after ${backMedianMs} ms (median)`
  );
}

async function measure(cluster: TestCluster, options: Options): Promise<boolean> {
  const say = (line: string): void => console.error(line);
  const facts = { machine: machine(), settings: settings(cluster, options) };
  say(JSON.stringify(facts));
  const endsAtMs = performance.now() + options.limitS * 1000;
  await cluster.leader();
  const writers = await startWriters({ servers: cluster.servers, everyMs: options.everyMs });
  const wanted: Trial["how"][] = [
    ...Array<Trial["how"]>(options.kills).fill("kill"),
    ...Array<Trial["how"]>(options.freezes).fill("freeze"),
  ];
  const trials: Trial[] = [];
  for (const how of wanted) {
    if (performance.now() > endsAtMs) break;
    const trial = await runTrial(cluster, writers, how);
    trials.push(trial);
    const place = `${trials.length}/${wanted.length}`;
    say(`${place} ${how} ${trial.node}: ${trial.nextAckMs} ms, back after ${trial.backMs} ms`);
  }
  const complete = trials.length === wanted.length;
  if (!complete) say(`${options.limitS} s are over; ${trials.length} of ${wanted.length} were run`);
  await writers.stop();
  const verified = await verifyLogs(cluster, writers.history);
  print(options, facts, trials, verified, complete);
  return complete;
}

function print(
  { json }: Options,
  facts: object,
  trials: readonly Trial[],
  verified: VerifiedLogs,
  complete: boolean,
): void {
  const kill = figuresOf(trials, "kill");
  const freeze = figuresOf(trials, "freeze");
  if (json) {
    const result = { ...facts, kill, freeze, ...verified, complete, trials };
    console.log(JSON.stringify(result, undefined, 2));
    return;
  }
  const { transactions, confirmed } = verified;
  const rows = [rowOf("kill -9", kill), rowOf("SIGSTOP", freeze)].filter((row) => row !== "");
  console.log(rows.join("\n"));
  console.log(
    `${NODES} logs agree on ${transactions} transactions; each of the ${confirmed} confirmed ` +
      "writes is in them once, where its client was told",
  );
}

const options = optionsOf(process.argv.slice(2));
const cluster = await openCluster({ nodes: NODES });
try {
  if (!(await measure(cluster, options))) process.exitCode = 1;
} finally {
  await cluster.close();
}
