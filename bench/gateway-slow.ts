/**
 * What a watcher costs a gateway that it does not read from any more: memory in use after a garbage
 * collection with many of them, against the same without, under paced load and then under a flood
 * that overflows their queues; and whether each is put right once it reads again. One watcher reads
 * along. The gateway's tail of newest transactions is kept short here, so that it has reached its
 * size before the first figure is taken.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Consistency } from "../gen/zabble/v1/game_pb.js";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { roomText } from "./gateway-folded.js";
import { type LoadProcess, startLoadProcess } from "./gateway-load-process.js";
import type { GatewayBenchOptions } from "./gateway-options.js";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.js";
import type { StreamKind } from "./gateway-streams.js";
import { memoryMiB, unsentBytes } from "./gateway-usage.js";
import { BENCH_ROOM, openRound, writeFast, writePaced } from "./gateway-writes.js";
import { type LoadClient, openPlay } from "./play-client.js";

const TAIL_ENTRIES = 2000;
const WARM_UP_WRITES = 10_000;
/** The flood comes in so many parts, and after each the memory is read. */
const PARTS = 12;
const SETTLE_MS = 300;

export interface Memory {
  readonly usedMiB: number;
  readonly residentMiB: number;
}

export interface SlowRun {
  readonly stalled: number;
  readonly before: Memory;
  /** Connected and stalled, nothing written yet. */
  readonly opened: Memory;
  readonly afterPaced: Memory;
  /** The most while the flood went on, each of the two by itself. */
  readonly peak: Memory;
  /** When they have read everything. */
  readonly woken: Memory;
  /** In the kernel, for all of them, at the end of the flood. */
  readonly unsentMiB: number;
  readonly resynced: number;
  /** Those that have the state of the nodes in the end. */
  readonly right: number;
  /** Those that the gateway ended. */
  readonly ended: number;
}

export interface SlowRow {
  readonly kind: StreamKind;
  readonly runs: readonly SlowRun[];
}

export async function measureSlow(
  options: GatewayBenchOptions,
  say: (text: string) => void,
): Promise<readonly SlowRow[]> {
  const limits = { logTailEntries: TAIL_ENTRIES };
  const cluster = await openCluster({ nodes: 5, overrides: { limits } });
  try {
    await openRound(cluster);
    const rows: SlowRow[] = [];
    for (const kind of ["frames", "h1"] as const) {
      const runs: SlowRun[] = [];
      for (let run = 1; run <= options.runs; run++) {
        say(`slow, ${kind}: run ${run} of ${options.runs}`);
        runs.push(
          await withGateway(cluster, (gateway, load) => {
            return measure(cluster, gateway, load, kind, options);
          }),
        );
      }
      rows.push({ kind, runs });
    }
    return rows;
  } finally {
    await cluster.close();
  }
}

/** A fresh one each time: the heap of one that was full does not shrink to where it was. */
async function withGateway<T>(
  cluster: TestCluster,
  work: (gateway: GatewayProcess, load: LoadProcess) => Promise<T>,
): Promise<T> {
  const load = startLoadProcess();
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await startGatewayProcess(cluster);
    return await work(gateway, load);
  } finally {
    await load.end();
    await gateway?.stop();
  }
}

async function measure(
  cluster: TestCluster,
  gateway: GatewayProcess,
  load: LoadProcess,
  kind: StreamKind,
  options: GatewayBenchOptions,
): Promise<SlowRun> {
  const { stalled, rate, seconds, flood } = options;
  const servers = [{ host: gateway.host, port: gateway.port }];
  const watching = { servers, room: BENCH_ROOM, kind, connections: 1 };
  const leader = await cluster.leader();
  const node = cluster.config.nodes.find(({ id }) => id === leader.nodeId);
  if (node === undefined) throw new Error(`there is no ${leader.nodeId}`);
  const client = await openPlay(node.host, node.clientPort);

  /** The watcher that reads along has seen all, so the gateway has sent all that it can. */
  async function seen(): Promise<void> {
    await load.ask("reach", Number(await cluster.settled()));
    await pause(SETTLE_MS);
  }

  try {
    await load.ask("open", { ...watching, count: 1 });
    await writeFast(client, WARM_UP_WRITES);
    await seen();
    const before = await memoryOf(gateway);
    await load.ask("stall", { ...watching, count: stalled, areStalled: true });
    const opened = await memoryOf(gateway);
    await writePaced(client, rate, seconds);
    await seen();
    const afterPaced = await memoryOf(gateway);
    const peak = await flooded(client, flood, async () => {
      await seen();
      return memoryOf(gateway);
    });
    const unsentMiB = unsentBytes(gateway.port) / 1024 / 1024;
    const place = Number(await cluster.settled());
    const woken = await load.ask("wake", { place, kind, room: BENCH_ROOM });
    const right = await stateOf(cluster);
    return {
      stalled,
      before,
      opened,
      afterPaced,
      peak,
      woken: await memoryOf(gateway),
      unsentMiB,
      resynced: woken.filter(({ resyncs }) => resyncs > 0).length,
      right: woken.filter(({ state }) => state === right).length,
      ended: woken.filter(({ ended }) => ended !== undefined).length,
    };
  } finally {
    client.close();
  }
}

async function memoryOf(gateway: GatewayProcess): Promise<Memory> {
  const residentMiB = memoryMiB(gateway.pid);
  return { usedMiB: await gateway.usedMiB(), residentMiB };
}

async function flooded(
  client: LoadClient,
  flood: number,
  memory: () => Promise<Memory>,
): Promise<Memory> {
  let peak: Memory = { usedMiB: 0, residentMiB: 0 };
  for (let part = 0; part < PARTS; part++) {
    await writeFast(client, Math.ceil(flood / PARTS));
    const { usedMiB, residentMiB } = await memory();
    peak = {
      usedMiB: Math.max(peak.usedMiB, usedMiB),
      residentMiB: Math.max(peak.residentMiB, residentMiB),
    };
  }
  return peak;
}

async function stateOf(cluster: TestCluster): Promise<string> {
  const { nodeId } = await cluster.leader();
  const query = { room: BENCH_ROOM, consistency: Consistency.LINEARIZABLE };
  const outcome = await cluster.client(nodeId).getGame(query);
  if (outcome.kind !== "ok") throw new Error(`no state: ${outcome.message}`);
  return roomText(outcome.value.room);
}
