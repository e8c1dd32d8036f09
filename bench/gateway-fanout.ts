/**
 * From the issue of a write to its delivery to 100 watchers, in the setting in which other systems
 * were measured: 100 connections and one writer, all in this one process over Node's HTTP/2; writes
 * one after the other, each 20 ms after the answer to the last; the first tenth dropped.
 */
import { setTimeout as pause } from "node:timers/promises";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import type { GatewayBenchOptions } from "./gateway-options.js";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.js";
import { judge, type Verdict } from "./gateway-tally.js";
import { openWatchers } from "./gateway-watchers.js";
import { BENCH_ROOM, openRound, timedLog, writeFast, writeInTurn } from "./gateway-writes.js";
import { type LoadClient, openPlay } from "./play-client.js";
import { quantile } from "./spread.js";

const GAP_MS = 20;
const SETTLE_MS = 500;
/** As many as make a process fast that has just begun. */
const WARM_UP_WRITES = 5000;

interface Arrangement {
  readonly name: string;
  readonly watched: readonly Address[];
  readonly written: Address;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface FanoutRun {
  /** From the issue to the answer. */
  readonly writeP50Ms: number;
  readonly verdict: Verdict;
  /** Of this process, which is the writer and all watchers. */
  readonly ownCores: number;
}

export interface FanoutRow {
  readonly name: string;
  readonly runs: readonly FanoutRun[];
}

export async function measureFanout(
  options: GatewayBenchOptions,
  say: (text: string) => void,
): Promise<readonly FanoutRow[]> {
  const cluster = await openCluster({ nodes: 5 });
  let gateway: GatewayProcess | undefined;
  try {
    await openRound(cluster);
    gateway = await startGatewayProcess(cluster);
    const rows = arrangements(cluster, gateway).map((arrangement) => {
      const runs: FanoutRun[] = [];
      return { arrangement, name: arrangement.name, runs };
    });
    for (const { arrangement } of rows) await warmUp(cluster, arrangement, options);
    for (let run = 1; run <= options.runs; run++) {
      for (const { arrangement, name, runs } of rows) {
        say(`fanout, ${name}: run ${run} of ${options.runs}`);
        runs.push(await measure(cluster, arrangement, options));
      }
    }
    return rows.map(({ name, runs }) => ({ name, runs }));
  } finally {
    await gateway?.stop();
    await cluster.close();
  }
}

function arrangements(cluster: TestCluster, gateway: Address): readonly Arrangement[] {
  const nodes = cluster.config.nodes.map(({ host, clientPort }) => ({ host, port: clientPort }));
  const [first = gateway] = nodes;
  return [
    { name: "nodes", watched: nodes, written: first },
    { name: "gateway", watched: [gateway], written: first },
    { name: "gateway, writer too", watched: [gateway], written: gateway },
  ];
}

async function warmUp(
  cluster: TestCluster,
  arrangement: Arrangement,
  options: GatewayBenchOptions,
): Promise<void> {
  await withWatchers(arrangement, options, async (client) => {
    await writeFast(client, WARM_UP_WRITES);
    await cluster.settled();
  });
}

function measure(
  cluster: TestCluster,
  arrangement: Arrangement,
  options: GatewayBenchOptions,
): Promise<FanoutRun> {
  return withWatchers(arrangement, options, async (client, tallies, after) => {
    await pause(SETTLE_MS);
    const own = process.cpuUsage();
    const beganAtMs = performance.now();
    const writes = await writeInTurn(client, options.writes, GAP_MS);
    await pause(SETTLE_MS);
    const { user, system } = process.cpuUsage(own);
    const ownCores = (user + system) / 1000 / (performance.now() - beganAtMs);
    const log = await timedLog(cluster, BENCH_ROOM, after, writes);
    const tookMs = [...writes.values()].map(({ issuedMs, answeredMs }) => answeredMs - issuedMs);
    return { writeP50Ms: quantile(tookMs, 0.5), verdict: judge(tallies, log), ownCores };
  });
}

async function withWatchers<T>(
  { watched, written }: Arrangement,
  { fanWatchers }: GatewayBenchOptions,
  work: (client: LoadClient, tallies: Watched, after: bigint) => Promise<T>,
): Promise<T> {
  const watchers = await openWatchers({
    servers: watched,
    room: BENCH_ROOM,
    kind: "http2",
    count: fanWatchers,
    connections: fanWatchers,
  });
  const client = await openPlay(written.host, written.port);
  try {
    const from = Math.min(...watchers.tallies.map((tally) => tally.from ?? 0));
    return await work(client, watchers.tallies, BigInt(from));
  } finally {
    client.close();
    watchers.close();
  }
}

type Watched = Parameters<typeof judge>[0];
