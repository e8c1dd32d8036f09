/**
 * What watchers of a gateway notice when the node that it watches is killed: under steady writes
 * through all nodes, again and again, whatever that node's role is. The gap is the longest time
 * between two deliveries to a watcher of which some part lies between the kill and the restart.
 */
import { epochOf } from "../game/zxid.js";
import { Role } from "../gen/zabble/v1/cluster_pb.js";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { eventually } from "../test/cluster/eventually.testing.js";
import { verifyLogs } from "../test/cluster/verify-logs.testing.js";
import { startWriters, type Writers } from "../test/cluster/writers.testing.js";
import { machineMs, toMachineMs } from "./gateway-clock.js";
import { type LoadProcess, startLoadProcess } from "./gateway-load-process.js";
import type { GatewayBenchOptions } from "./gateway-options.js";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.js";
import type { Verdict } from "./gateway-tally.js";
import { timedLog } from "./gateway-writes.js";
import { quantile } from "./spread.js";

const WATCHERS = 100;
/** All watchers have been delivered so many between two kills, and after one before the restart. */
const STEADY_TRANSACTIONS = 100;
const EVERY_ROOM = "";

export interface Kill {
  readonly role: "leader" | "follower";
  readonly node: string;
  /** The gaps of the watchers. */
  readonly medianMs: number;
  readonly maxMs: number;
  /** The longest time between two answers to writers, in the same window. */
  readonly answersMs: number;
  /** Between two deliveries in the window when nothing happens. */
  readonly usualMs: number;
  /** Until the node follows again. */
  readonly backMs: number;
}

export interface KillsResult {
  readonly watchers: number;
  readonly kills: readonly Kill[];
  readonly verdict: Verdict;
  /** Found in every log where their writers were told. */
  readonly confirmed: number;
  readonly warnings: readonly string[];
}

export async function measureKills(
  options: GatewayBenchOptions,
  say: (text: string) => void,
): Promise<KillsResult> {
  const cluster = await openCluster({ nodes: 5 });
  const load = startLoadProcess();
  let gateway: GatewayProcess | undefined;
  try {
    const begin = await cluster.leader();
    gateway = await startGatewayProcess(cluster);
    await load.ask("open", {
      servers: [{ host: gateway.host, port: gateway.port }],
      room: EVERY_ROOM,
      kind: options.transport === "h1" ? "h1" : "frames",
      count: WATCHERS,
      connections: Math.min(WATCHERS, options.connections),
    });
    const writers = await startWriters({
      servers: cluster.servers,
      everyMs: Math.max(1, Math.round(1000 / options.rate)),
    });
    const kills: Kill[] = [];
    while (kills.length < options.kills) {
      const kill = await killOnce(cluster, gateway, load, writers);
      kills.push(kill);
      const { role, node, medianMs, maxMs, answersMs } = kill;
      say(
        `kill ${kills.length}/${options.kills}, ${role} ${node}: gap ${medianMs.toFixed(0)} ms, ` +
          `longest ${maxMs.toFixed(0)}; writers ${answersMs.toFixed(0)}`,
      );
    }
    await writers.stop();
    await load.ask("reach", Number(await cluster.settled()));
    const log = await timedLog(cluster, EVERY_ROOM, begin.appliedZxid, new Map());
    const verdict = await load.ask("judge", log);
    const warnings = gateway.warnings();
    await gateway.stop();
    gateway = undefined;
    const { confirmed } = await verifyLogs(cluster, writers.history);
    return { watchers: WATCHERS, kills, verdict, confirmed, warnings };
  } finally {
    await load.end();
    await gateway?.stop();
    await cluster.close();
  }
}

async function killOnce(
  cluster: TestCluster,
  gateway: GatewayProcess,
  load: LoadProcess,
  writers: Writers,
): Promise<Kill> {
  await steady(load);
  const node = await gateway.attachedTo();
  const status = await cluster.status(node);
  if (status === undefined) throw new Error(`${node} does not answer`);
  const role = status.role === Role.LEADING ? "leader" : "follower";
  const fromMs = machineMs();
  await cluster.node(node).kill();
  const isAfter = (atMs: number): boolean => toMachineMs(atMs) > fromMs;
  // Then the cluster has a leader, the old one or another.
  const { acked } = await writers.nextAck("a confirmed write after the kill", (write) => {
    const isNewLeader = role === "follower" || epochOf(write.acked.zxid) > status.epoch;
    return isAfter(write.issuedAtMs) && isNewLeader;
  });
  await load.ask("reach", Number(acked.zxid));
  await steady(load);
  const toMs = machineMs();
  const { longestMs, usualMs } = await load.ask("gaps", { fromMs, toMs });
  const answers = writers.history.writes
    .flatMap((write) => (write.acked === undefined ? [] : [toMachineMs(write.acked.atMs)]))
    .filter((atMs) => atMs > fromMs - 1000)
    .sort((one, other) => one - other);
  const answersMs = answers.slice(1).reduce((longest, atMs, index) => {
    const before = answers[index] ?? atMs;
    return atMs > fromMs && before < toMs ? Math.max(longest, atMs - before) : longest;
  }, 0);
  const restartedAtMs = machineMs();
  cluster.node(node).start();
  await cluster.rejoined(node, role === "leader" ? status.epoch : status.epoch - 1);
  return {
    role,
    node,
    medianMs: quantile(longestMs, 0.5),
    maxMs: Math.max(...longestMs),
    answersMs,
    usualMs,
    backMs: machineMs() - restartedAtMs,
  };
}

/** Resolves after every watcher was delivered so many more. */
async function steady(load: LoadProcess): Promise<void> {
  const wanted = (await load.ask("fewest", undefined)) + STEADY_TRANSACTIONS;
  await eventually(`${STEADY_TRANSACTIONS} more deliveries to every watcher`, async () => {
    return (await load.ask("fewest", undefined)) >= wanted ? true : undefined;
  });
}
