/**
 * One seed, from an empty world to a verdict: faults and clients for a while, then everything is
 * healed and the cluster must converge and serve again (liveness), then the histories are judged.
 */
import { startClients } from "./clients.js";
import { createCommittedLog } from "./committed-log.js";
import { checkQuiet, converge } from "./converge.js";
import { fingerprintOf } from "./fingerprint.js";
import { createHistory } from "./history.js";
import { createJudges } from "./judges.js";
import { markUp } from "./mark-up.js";
import { type Nemesis, startNemesis } from "./nemesis.js";
import { createPrng } from "./prng.js";
import { drawCase, type SimCase } from "./sim-case.js";
import { createSimCluster, type SimCluster } from "./sim-cluster.js";
import { Violation } from "./violation.js";
import { createWorld, type World } from "./world.js";

/** Longer than any client waits. */
const QUIET_MS = 5500;

export interface SeedResult {
  readonly simCase: SimCase;
  readonly violation: { readonly invariant: string; readonly what: string } | undefined;
  readonly virtualMs: number;
  readonly events: number;
  readonly committed: number;
  readonly told: number;
  /** From the end of the faults to a leader; undefined if none was asked for, or none came. */
  readonly recoveryMs: number | undefined;
  /** What was planned by kind, and what networks and disks did on their own. */
  readonly faults: ReadonlyMap<string, number>;
  /** How often each rare thing happened; see marks.ts. */
  readonly marks: ReadonlyMap<string, number>;
  /** Equal for equal runs: all that was sent, written and logged, and when. */
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
  const judges = createJudges({
    cluster,
    committed,
    history,
    believesNo: profile.clients.believesNo,
    seed: simCase.seed,
  });
  const marks = markUp(cluster);
  const fingerprint = fingerprintOf(world, cluster);
  watch(world, cluster);
  const nemesis = startNemesis(world, prng.fork("nemesis"), cluster, simCase.plan);
  const each = (): void => {
    for (const node of cluster.touched) if (node.running !== undefined) judges.afterEvent(node);
    cluster.touched.length = 0;
  };
  let violation: SeedResult["violation"];
  let recoveryMs: number | undefined;
  try {
    for (const node of cluster.nodes) {
      if (profile.blankStart) cluster.wipe(node);
      cluster.start(node);
    }
    const clients = startClients(world, prng.fork("clients"), cluster, history, profile.clients);
    world.run(profile.faultyMs, each);
    if (profile.mustConverge) {
      const dice = prng.fork("converge");
      recoveryMs = converge({ world, prng: dice, cluster, nemesis, profile, each });
    } else {
      nemesis.heal(cluster.nodes);
      world.run(world.nowMs + QUIET_MS, each);
    }
    clients.stop();
    world.run(world.nowMs + QUIET_MS, each);
    if (profile.mustConverge) checkQuiet(cluster);
    judges.atEnd();
  } catch (error) {
    if (error instanceof Violation) violation = { invariant: error.invariant, what: error.what };
    else violation = { invariant: "Crash", what: errorText(error) };
  }
  const told = history.operations.filter((op) => op.outcome === "ok").length;
  for (const node of cluster.nodes) {
    fingerprint.mix(node.platter.entries.at(-1)?.crc ?? 0);
    fingerprint.mixZxid(node.running?.node.game().zxid ?? 0n);
  }
  fingerprint.mix(committed.entries.at(-1)?.crc ?? 0);
  for (const { requestId, returnedAtMs, result } of history.clientOperations) {
    fingerprint.mixText(requestId);
    fingerprint.mix(returnedAtMs ?? -1);
    if (result?.type === "committed" || result?.type === "state") fingerprint.mixZxid(result.zxid);
    else fingerprint.mixText(result?.reason ?? "unknown");
  }
  return {
    simCase,
    violation,
    virtualMs: world.nowMs,
    events: world.eventCount,
    committed: committed.entries.length,
    told,
    recoveryMs,
    faults: faultsOf(nemesis, cluster),
    marks: marks.counts(),
    fingerprint: fingerprint.text(),
  };
}

function faultsOf(nemesis: Nemesis, { network, diskCounts }: SimCluster): Map<string, number> {
  const faults = new Map<string, number>(nemesis.counts);
  const { lost, repeated, resets } = network.counts;
  const others = { lost, repeated, resets, ...diskCounts };
  for (const [kind, count] of Object.entries(others)) if (count > 0) faults.set(`(${kind})`, count);
  return faults;
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
