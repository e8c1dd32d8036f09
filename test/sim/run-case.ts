/**
 * One seed, from an empty world to a verdict: faults and clients for a while, then everything is
 * healed and the cluster must converge and serve again (liveness), then the histories are judged.
 */
import { startClients } from "./clients.js";
import { createCommittedLog } from "./committed-log.js";
import type { Fault } from "./fault-plan.js";
import { createHistory } from "./history.js";
import { connectJudges, createJudges } from "./judges.js";
import { startNemesis } from "./nemesis.js";
import { createPrng } from "./prng.js";
import { drawCase, type SimCase } from "./sim-case.js";
import { createSimCluster, type SimCluster } from "./sim-cluster.js";
import { Violation } from "./violation.js";
import { createWorld, type World } from "./world.js";

/** Virtual time that a healed cluster has to agree again, and to answer a write. */
const CONVERGE_MS = 20_000;

export interface SeedResult {
  readonly simCase: SimCase;
  readonly violation: { readonly invariant: string; readonly what: string } | undefined;
  readonly virtualMs: number;
  readonly events: number;
  readonly committed: number;
  readonly told: number;
  readonly faults: ReadonlyMap<Fault, number>;
  /** Equal for equal runs: the committed log and the end of time. */
  readonly fingerprint: string;
}

export type Watch = (world: World, cluster: SimCluster) => void;

/** `watch` is called once, before the start, for whoever wants to print what happens. */
export function runSeed(seed: number, watch: Watch = () => {}): SeedResult {
  return runCase(drawCase(seed), watch);
}

export function runCase(simCase: SimCase, watch: Watch = () => {}): SeedResult {
  const { profile } = simCase;
  const prng = createPrng(simCase.seed);
  const world = createWorld();
  const cluster = createSimCluster(world, prng.fork("cluster"), profile.cluster);
  const committed = createCommittedLog();
  const history = createHistory();
  const judges = createJudges({ cluster, committed }, history);
  connectJudges(cluster, judges);
  watch(world, cluster);
  const nemesis = startNemesis(world, cluster, simCase.plan);
  const each = (): void => {
    for (const node of cluster.nodes) {
      if (node.running === undefined) continue;
      for (const judge of judges) judge.afterEvent?.(node);
    }
  };
  let violation: SeedResult["violation"];
  try {
    for (const node of cluster.nodes) {
      if (profile.blankStart) cluster.wipe(node);
      cluster.start(node);
    }
    const clients = startClients(world, prng.fork("clients"), cluster, history, profile.clients);
    world.run(profile.faultyMs, each);
    nemesis.heal();
    converge(world, cluster, each);
    clients.stop();
    world.run(world.nowMs + 3000, each);
    for (const judge of judges) judge.atEnd?.();
  } catch (error) {
    if (error instanceof Violation) violation = { invariant: error.invariant, what: error.what };
    else violation = { invariant: "Crash", what: errorText(error) };
  }
  const told = history.operations.filter((op) => op.outcome === "ok").length;
  return {
    simCase,
    violation,
    virtualMs: world.nowMs,
    events: world.eventCount,
    committed: committed.entries.length,
    told,
    faults: nemesis.counts,
    fingerprint: `${world.eventCount}/${committed.entries.at(-1)?.crc ?? 0}/${told}`,
  };
}

/** L1 and L2: a leader that all follow, one commit, and a write through every node. */
function converge(world: World, cluster: SimCluster, each: () => void): void {
  const deadline = world.nowMs + CONVERGE_MS;
  const agreed = (): boolean =>
    cluster.nodes.every((node) => {
      const core = node.running?.node.core;
      return core !== undefined && core.role.kind !== "LOOKING" && core.role.phase === "BROADCAST";
    });
  world.run(deadline, each, agreed);
  if (!agreed()) throw new Violation("Liveness", `no agreement: ${standing(cluster)}`);
  const answered = new Set<string>();
  const write = (id: string, count: number): void => {
    const node = cluster.nodes.find((one) => one.id === id)?.running?.node;
    const requestId = `last-${id}`;
    const command = { type: "SetTarget", room: "lobby", player: "last", value: 1 } as const;
    node?.submit({ ...command, requestId }, 1000, (outcome) => {
      if (outcome.ok) answered.add(id);
      else if (count < 180) world.after(100, () => write(id, count + 1));
    });
  };
  for (const { id } of cluster.nodes) write(id, 0);
  world.run(world.nowMs + CONVERGE_MS, each, () => answered.size === cluster.nodes.length);
  if (answered.size < cluster.nodes.length) {
    throw new Violation("Liveness", `no write after healing: ${standing(cluster)}`);
  }
}

function standing(cluster: SimCluster): string {
  return cluster.nodes
    .map(({ id, running }) => {
      const core = running?.node.core;
      if (core === undefined) return `${id} down`;
      const { role } = core;
      const phase = role.kind === "LOOKING" ? `for ${role.vote.leader}` : role.phase;
      return `${id} ${role.kind} ${phase} ${core.commit}`;
    })
    .join(", ");
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
