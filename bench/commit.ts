/**
 * What a committed write costs: `npm run bench:commit -- [--writes 100000] [--nodes 5] [--runs 3]`.
 *
 * Real node processes with the default settings, every ack after fdatasync, one GuessSubmitted a
 * write, over GameService.Play. For each number of outstanding writes: rate, latency and CPU as
 * median (min-max) of the runs; then memory and disk of the nodes and the time in which one
 * restarts.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { createTransportPool, type TransportPool } from "../client/h2-transport.js";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { openSession } from "./library-client.js";
import { type LoadClient, openPlay } from "./play-client.js";
import { type Figures, median, quantile, spread, summarize } from "./spread.js";

const WARM_UP_MS = 8000;
/** Linux reports CPU time in hundredths of a second. */
const CPU_TICK_MS = 10;

interface Options {
  readonly writes: number;
  readonly nodes: number;
  readonly runs: number;
  /** Seconds of full load after the shapes, to see whether the leader keeps its place. */
  readonly steady: number;
  readonly json: boolean;
}

interface Shape {
  readonly name: string;
  readonly outstanding: number;
  /** Which nodes the load goes to. */
  readonly nodes: "all" | "leader" | "follower";
  /** The lean client, whose share of the CPU is small, or the library that programs use. */
  readonly client: "lean" | "library";
  readonly share: number;
}

const SHAPES: readonly Shape[] = [
  shape("1 outstanding, leader", 1, "leader", "lean", 0.02),
  shape("1 outstanding, follower", 1, "follower", "lean", 0.02),
  shape("64 outstanding", 64, "all", "lean", 0.22),
  shape("256 outstanding", 256, "all", "lean", 0.5),
  shape("256, client library", 256, "all", "library", 0.24),
];

function shape(
  name: string,
  outstanding: number,
  nodes: Shape["nodes"],
  client: Shape["client"],
  share: number,
): Shape {
  return { name, outstanding, nodes, client, share };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("must be a whole number, 1 or more");
  }
  return value;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

let lastRequest = 0;

/** Keeps `outstanding` writes under way until `writes` are done or the time is over. */
async function load(
  clients: readonly LoadClient[],
  outstanding: number,
  limit: { readonly writes: number; readonly ms: number },
): Promise<{ latenciesMs: number[]; tookMs: number }> {
  const latenciesMs: number[] = [];
  const beganAt = performance.now();
  let issued = 0;
  const worker = async (k: number): Promise<void> => {
    const client = clients[k % clients.length];
    while (client !== undefined && issued < limit.writes) {
      issued++;
      const sentAt = performance.now();
      if (sentAt - beganAt > limit.ms) return;
      // As long as a UUID, which is what people's clients send.
      const requestId = `bench-${String(++lastRequest).padStart(30, "0")}`;
      await client.guess("bench", `player${k}`, issued % 101, requestId);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, (_, k) => worker(k)));
  return { latenciesMs, tookMs: performance.now() - beganAt };
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MS;
}

function memoryMiB(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
}

function directoryMiB(dir: string): number {
  let bytes = 0;
  for (const name of readdirSync(dir)) bytes += statSync(join(dir, name)).size;
  return bytes / 1024 / 1024;
}

function livePids(cluster: TestCluster): number[] {
  return cluster.nodes.map((node) => node.pid()).filter((pid) => pid !== undefined);
}

async function open(
  cluster: TestCluster,
  ids: readonly string[],
  kind: Shape["client"],
  pool: TransportPool,
): Promise<LoadClient[]> {
  const nodes = cluster.config.nodes.filter((node) => ids.includes(node.id));
  if (kind === "library") return nodes.map((n) => openSession(pool, n.host, n.clientPort));
  return Promise.all(nodes.map((node) => openPlay(node.host, node.clientPort)));
}

async function measure(
  cluster: TestCluster,
  shape: Shape,
  leaderId: string,
  options: Options,
  pool: TransportPool,
): Promise<Figures> {
  const all = cluster.config.nodes.map((node) => node.id);
  const followers = all.filter((id) => id !== leaderId);
  const one = shape.nodes === "leader" ? [leaderId] : followers.slice(0, 1);
  const clients = await open(cluster, shape.nodes === "all" ? all : one, shape.client, pool);
  const pids = livePids(cluster);
  const writes = Math.max(500, Math.round((options.writes * shape.share) / options.runs));
  const runs = [];
  for (let run = 1; run <= options.runs; run++) {
    progress(`${shape.name}: run ${run} of ${options.runs}, ${writes} writes`);
    const before = pids.map(cpuMs);
    const own = process.cpuUsage();
    const { latenciesMs, tookMs } = await load(clients, shape.outstanding, { writes, ms: 30_000 });
    const used = process.cpuUsage(own);
    const nodesMs = pids.reduce((sum, pid, i) => sum + cpuMs(pid) - (before[i] ?? 0), 0);
    const clientMs = (used.user + used.system) / 1000;
    runs.push({ latenciesMs, tookMs, cpuMs: nodesMs + clientMs });
  }
  for (const client of clients) client.close();
  return summarize(runs);
}

interface Steady {
  readonly seconds: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Elections that began while the load ran. */
  readonly elections: number;
}

async function holdSteady(
  cluster: TestCluster,
  seconds: number,
  pool: TransportPool,
): Promise<Steady> {
  progress(`256 outstanding for ${seconds} s`);
  const { epoch } = await cluster.leader();
  const ids = cluster.config.nodes.map((node) => node.id);
  const clients = await open(cluster, ids, "lean", pool);
  const limit = { writes: Number.MAX_SAFE_INTEGER, ms: seconds * 1000 };
  const { latenciesMs, tookMs } = await load(clients, 256, limit);
  for (const client of clients) client.close();
  const after = await cluster.leader();
  return {
    seconds,
    perSecond: (latenciesMs.length * 1000) / tookMs,
    p99Ms: quantile(latenciesMs, 0.99),
    elections: after.epoch - epoch,
  };
}

async function restartMs(cluster: TestCluster, leaderId: string): Promise<number[]> {
  const figures: number[] = [];
  for (const node of cluster.nodes.filter((one) => one.id !== leaderId).slice(0, 3)) {
    const { epoch } = await cluster.leader();
    await node.kill();
    const beganAt = performance.now();
    node.start();
    await cluster.rejoined(node.id, epoch - 1);
    figures.push(performance.now() - beganAt);
  }
  return figures;
}

async function main(options: Options): Promise<void> {
  progress(`starting ${options.nodes} nodes`);
  const cluster = await openCluster({ nodes: options.nodes });
  const pool = createTransportPool();
  try {
    const { leaderId } = await cluster.leader();
    const target = { room: "bench", player: "bench", value: 50 };
    const outcome = await cluster.client(leaderId).setTarget(target);
    if (outcome.kind !== "committed") throw new Error(`no target: ${outcome.kind}`);
    const ids = cluster.config.nodes.map((node) => node.id);
    const all = await open(cluster, ids, "lean", pool);
    progress(`warming up for ${WARM_UP_MS / 1000} s`);
    await load(all, 256, { writes: Number.MAX_SAFE_INTEGER, ms: WARM_UP_MS });
    for (const client of all) client.close();
    const rows = [];
    for (const shape of SHAPES) {
      const figures = await measure(cluster, shape, leaderId, options, pool);
      rows.push({ shape: shape.name, ...figures });
    }
    const steady = options.steady > 0 ? await holdSteady(cluster, options.steady, pool) : undefined;
    const zxid = await cluster.settled();
    const memory = livePids(cluster).map(memoryMiB);
    const dirs = cluster.config.nodes.map((node) => join(cluster.config.dataDir, node.id));
    const disk = dirs.map(directoryMiB);
    const restart = await restartMs(cluster, leaderId);
    const { limits } = cluster.config;
    const machine = {
      cpu: cpus()[0]?.model ?? "",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      kernel: release(),
      node: process.version,
    };
    const transactions = Number(zxid & 0xffff_ffffn);
    const report = { machine, limits, options, rows, steady, transactions, memory, disk, restart };
    if (options.json) console.log(JSON.stringify(report));
    else print(report);
  } finally {
    pool.close();
    await cluster.close();
  }
}

function print(report: {
  readonly machine: Record<string, string | number>;
  readonly options: Options;
  readonly rows: readonly ({ readonly shape: string } & Figures)[];
  readonly steady: Steady | undefined;
  readonly transactions: number;
  readonly memory: readonly number[];
  readonly disk: readonly number[];
  readonly restart: readonly number[];
}): void {
  const { machine, options, rows } = report;
  console.log(
    `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, ` +
      `Linux ${machine.kernel}, Node ${machine.node}; ${options.nodes} nodes and the load on it`,
  );
  console.log(`median (min-max) of ${options.runs} runs; fdatasync before every ack\n`);
  console.log(
    `${"shape".padEnd(28)}writes/s               p50 ms             p99 ms   CPU us/write`,
  );
  for (const row of rows) {
    const { perSecond, p50Ms, p99Ms, cpuUs } = row;
    console.log(
      `${row.shape.padEnd(28)}${spread(perSecond, 0).padEnd(23)}${spread(p50Ms, 2).padEnd(19)}` +
        `${median(p99Ms).toFixed(1).padEnd(9)}${median(cpuUs).toFixed(0)}`,
    );
  }
  const { steady } = report;
  if (steady !== undefined) {
    console.log(
      `\n${steady.seconds} s at 256 outstanding: ${steady.perSecond.toFixed(0)} writes/s, ` +
        `p99 ${steady.p99Ms.toFixed(0)} ms, ${steady.elections} elections`,
    );
  }
  console.log(`\nafter ${report.transactions} transactions, a node:`);
  console.log(`  memory   ${spread(report.memory, 0)} MiB`);
  console.log(`  disk     ${spread(report.disk, 1)} MiB`);
  console.log(`  restart  ${spread(report.restart, 0)} ms from spawn to following again`);
}

const program = new Command("bench:commit")
  .description("measures committed writes on a cluster of its own")
  .option("--writes <n>", "writes to measure, over all shapes", positive, 100_000)
  .option("--nodes <n>", "nodes of the cluster", positive, 5)
  .option("--runs <n>", "runs of each shape", positive, 3)
  .option("--steady <seconds>", "then full load for so long, counting elections", positive)
  .option("--json", "one JSON object", false)
  .parse();

await main({ steady: 0, ...program.opts<Omit<Options, "steady">>() });
