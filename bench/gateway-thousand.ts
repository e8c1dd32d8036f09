/**
 * Very many watchers of one gateway while commits come at a steady pace: how late each delivery
 * is, and what that costs. The watchers are in a process of their own; the writer is this one, on a
 * stream to the leader itself, so that its answer comes as soon as the commit can be known.
 */
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { type LoadProcess, startLoadProcess } from "./gateway-load-process.js";
import type { GatewayBenchOptions } from "./gateway-options.js";
import { type GatewayProcess, startGatewayProcess } from "./gateway-process.js";
import type { Verdict } from "./gateway-tally.js";
import { meter, type Usage } from "./gateway-usage.js";
import { BENCH_ROOM, openRound, timedLog, type Writes, writePaced } from "./gateway-writes.js";
import { openPlay } from "./play-client.js";
import { quantile } from "./spread.js";

const WARM_UP_SECONDS = 5;

export interface ThousandRun {
  readonly perSecond: number;
  /** From the issue to the answer. */
  readonly writeP50Ms: number;
  readonly verdict: Verdict;
  /** Gateway, leader, followers, the watchers' process, the writer. */
  readonly usage: readonly Usage[];
  readonly warnings: number;
  /** Elections that began while it was measured; then the answers may come from a follower. */
  readonly elections: number;
}

export async function measureThousand(
  options: GatewayBenchOptions,
  say: (text: string) => void,
): Promise<readonly ThousandRun[]> {
  const cluster = await openCluster({ nodes: 5 });
  const load = startLoadProcess();
  let gateway: GatewayProcess | undefined;
  try {
    await openRound(cluster);
    gateway = await startGatewayProcess(cluster);
    const runs: ThousandRun[] = [];
    for (let run = 1; run <= options.runs; run++) {
      say(`thousand: run ${run} of ${options.runs}, opening ${options.watchers} watchers`);
      runs.push(await measure(cluster, gateway, load, options, say));
    }
    return runs;
  } finally {
    await load.end();
    await gateway?.stop();
    await cluster.close();
  }
}

async function measure(
  cluster: TestCluster,
  gateway: GatewayProcess,
  load: LoadProcess,
  options: GatewayBenchOptions,
  say: (text: string) => void,
): Promise<ThousandRun> {
  const { rate, seconds, watchers, connections } = options;
  const { nodeId, epoch, appliedZxid } = await cluster.leader();
  const leader = cluster.config.nodes.find(({ id }) => id === nodeId);
  if (leader === undefined) throw new Error(`there is no ${nodeId}`);
  await load.ask("open", {
    servers: [{ host: gateway.host, port: gateway.port }],
    room: BENCH_ROOM,
    kind: options.transport === "h1" ? "h1" : "frames",
    count: watchers,
    connections,
  });
  const client = await openPlay(leader.host, leader.clientPort);
  try {
    await writePaced(client, rate, WARM_UP_SECONDS);
    // What the gateway still owed would be taken for lateness of what is measured.
    await load.ask("reach", Number(await cluster.settled()));
    say(`${seconds} s at ${rate} commits a second`);
    const used = meter(pids(cluster, nodeId, gateway, load));
    const writes = await writePaced(client, rate, seconds);
    const usage = used();
    const last = await cluster.settled();
    await load.ask("reach", Number(last));
    const log = await timedLog(cluster, BENCH_ROOM, appliedZxid, writes);
    const verdict = await load.ask("judge", log);
    const warnings = gateway.warnings().length;
    const elections = (await cluster.leader()).epoch - epoch;
    return { ...paceOf(writes), verdict, usage, warnings, elections };
  } finally {
    client.close();
    await load.ask("close", undefined);
  }
}

function pids(
  cluster: TestCluster,
  leaderId: string,
  gateway: GatewayProcess,
  load: LoadProcess,
): ReadonlyMap<string, number> {
  const followers = cluster.others(leaderId).map((node): [string, number] => {
    return [`follower ${node.id}`, node.pid() ?? 0];
  });
  return new Map([
    ["gateway", gateway.pid],
    [`leader ${leaderId}`, cluster.node(leaderId).pid() ?? 0],
    ...followers,
    ["watchers' process", load.pid],
    ["writer", process.pid],
  ]);
}

function paceOf(writes: Writes): { readonly perSecond: number; readonly writeP50Ms: number } {
  const all = [...writes.values()];
  const tookMs = (all.at(-1)?.issuedMs ?? 0) - (all[0]?.issuedMs ?? 0);
  const answeredMs = all.map((write) => write.answeredMs - write.issuedMs);
  return {
    perSecond: ((all.length - 1) * 1000) / tookMs,
    writeP50Ms: quantile(answeredMs, 0.5),
  };
}
