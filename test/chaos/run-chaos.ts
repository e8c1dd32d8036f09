/**
 * One chaos run from the first process to the last check: start, play and break, heal, wait until
 * all nodes are back and agree, stop, verify. It prints nothing; chaos.ts and the tests do.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Phase } from "../../gen/zabble/v1/cluster_pb.js";
import { eventually } from "../cluster/eventually.testing.js";
import type { Operation } from "../history/operation.js";
import { createPrng } from "../sim/prng.js";
import { converge, stopAndVerify } from "./aftermath.js";
import { type ChaosCluster, openChaosCluster } from "./chaos-cluster.js";
import { type Clients, startClients } from "./clients.js";
import { type Footprint, footprintsOf, leakBetween } from "./footprint.js";
import { createHealth, type Health } from "./health.js";
import { createLinkFaults } from "./link-faults.js";
import { startMonitor } from "./monitor.js";
import { type FaultSpan, type Nemesis, startNemesis } from "./nemesis.js";
import { countDeeds } from "./node-deeds.js";
import type { Lie } from "./preload-bundle.js";
import { drawSchedule, type FaultKind } from "./schedule.js";
import type { Violation } from "./verify.js";
import { voteCounts } from "./vote-counts.js";
import { startWatcher } from "./watchers.js";

export interface ChaosOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly seconds: number;
  readonly kinds: readonly FaultKind[];
  readonly lie: Lie | undefined;
  /** Ends the faults before their time; the rest of the run follows. */
  readonly signal: AbortSignal;
  /** Where the directory goes if there is a violation. */
  readonly keepAs: string;
  readonly keepAlways: boolean;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly seconds: number;
  readonly acks: number;
  readonly sinceAckMs: number;
  /** In words, e.g. "kill node3". */
  readonly faults: readonly string[];
}

export interface ChaosRun {
  readonly violations: readonly Violation[];
  readonly operations: readonly Operation[];
  readonly spans: readonly FaultSpan[];
  readonly skipped: number;
  readonly health: Health;
  /** Of the time with faults. */
  readonly fromMs: number;
  readonly toMs: number;
  /** From the heal until every node served and had applied the same. */
  readonly convergedMs: number | undefined;
  readonly transactions: number;
  readonly watched: number;
  readonly watchSnapshots: number;
  /** What the faults did, and what the nodes did about them. */
  readonly notes: Readonly<Record<string, number>>;
  readonly before: readonly Footprint[];
  readonly after: readonly Footprint[];
  readonly keptAs: string | undefined;
}

const PLAYERS = 10;
const THINK_MS = 45;
/** A cluster holds a thousand rooms at most. */
const ROOMS_MAX = 800;
const ROOM_OPERATIONS_MIN = 300;
const OPERATIONS_PER_SECOND = 220;
const WATCHERS = 2;
const PROGRESS_EVERY_MS = 1000;

export async function runChaos(options: ChaosOptions): Promise<ChaosRun> {
  const violations: Violation[] = [];
  const ending = new AbortController();
  const onAbort = (): void => ending.abort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  if (options.signal.aborted) ending.abort();
  /** The first one ends the faults: what comes after it explains nothing. */
  const report = (name: string) => (what: string) => {
    violations.push({ name, what });
    ending.abort();
  };
  const { nodes, lie } = options;
  const chaos = await openChaosCluster({ nodes, lie, onSurprise: report("EndedByItself") });
  let keptAs: string | undefined;
  try {
    const outcome = await playAndBreak(chaos, options, violations, report, ending.signal);
    keptAs = violations.length > 0 || options.keepAlways ? options.keepAs : undefined;
    return { ...outcome, violations, keptAs };
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    await chaos.close(keptAs);
  }
}

type Report = (name: string) => (what: string) => void;

async function playAndBreak(
  chaos: ChaosCluster,
  options: ChaosOptions,
  violations: Violation[],
  report: Report,
  ended: AbortSignal,
): Promise<Omit<ChaosRun, "violations" | "keptAs">> {
  const { cluster, nodes } = chaos;
  const prng = createPrng(options.seed, "chaos");
  const health = createHealth(
    nodes.map(({ id }) => id),
    cluster.config.quorum,
  );
  const notes: Record<string, number> = {};
  await cluster.settled();
  const before = footprintsOf(nodes);
  const clients = startClients({
    servers: cluster.servers,
    players: PLAYERS,
    thinkMs: THINK_MS,
    roomOperations: Math.max(
      ROOM_OPERATIONS_MIN,
      Math.ceil((options.seconds * OPERATIONS_PER_SECOND) / ROOMS_MAX),
    ),
    prng: prng.fork("clients"),
    onViolation: report("Answers"),
  });
  const watchers = cluster.servers
    .slice(0, WATCHERS)
    .map((_, index) => startWatcher(cluster.servers, index, report("Watched")));
  const links = createLinkFaults();
  const { lastAckAtMs } = clients;
  const onStandstill = report("Progress");
  const monitor = startMonitor({ chaos, links, health, lastAckAtMs, onStandstill });
  let isClosed = false;
  await eventually("a confirmed write", () => clients.acks() > 0 || undefined);
  const fromMs = performance.now();
  const nemesis = startNemesis({
    arena: {
      ...chaos,
      links,
      isClosed: () => isClosed,
      async counts({ id }) {
        const status = await cluster.status(id);
        return status?.phase === Phase.BROADCAST && voteCounts(chaos.notes(id));
      },
      damaged: undefined,
      note(what, count) {
        notes[what] = (notes[what] ?? 0) + count;
      },
    },
    schedule: drawSchedule(prng.fork("schedule"), {
      nodes: nodes.length,
      kinds: options.kinds,
      untilMs: options.seconds * 1000,
    }),
    health,
    leader: monitor.leader,
    onFailure: (error) => report("Program")(String(error)),
  });
  await untilItsEnd(options, ended, clients, nemesis, fromMs);
  const toMs = performance.now();
  const settledAt = await converge(chaos, nemesis, clients, links).catch((error: unknown) => {
    report("Recovery")(`after all faults were over: ${String(error)}`);
  });
  const convergedMs = settledAt === undefined ? undefined : Math.round(performance.now() - toMs);
  isClosed = true;
  await Promise.all([monitor.stop(), clients.stop(), ...watchers.map((one) => one.stop())]);
  cluster.disconnect();
  const after = footprintsOf(nodes);
  const leak = leakBetween(before, after);
  if (leak !== undefined) report("Leak")(leak);
  const verified = await stopAndVerify(chaos, settledAt ?? 0n, clients, watchers);
  violations.push(...verified.violations);
  return {
    operations: clients.operations,
    spans: nemesis.spans,
    skipped: nemesis.skipped(),
    health,
    fromMs,
    toMs,
    convergedMs,
    transactions: verified.transactions,
    watched: watchers.reduce((sum, { seen }) => sum + seen.length, 0),
    watchSnapshots: watchers.reduce((sum, one) => sum + one.snapshots(), 0),
    notes: { ...notes, ...countDeeds(nodes) },
    before,
    after,
  };
}

async function untilItsEnd(
  { seconds, onProgress }: ChaosOptions,
  ended: AbortSignal,
  clients: Clients,
  nemesis: Nemesis,
  fromMs: number,
): Promise<void> {
  const endMs = fromMs + seconds * 1000;
  let told = 0;
  for (;;) {
    const nowMs = performance.now();
    if (ended.aborted || nowMs >= endMs) return;
    const waitMs = Math.min(PROGRESS_EVERY_MS, endMs - nowMs);
    await pause(waitMs, undefined, { signal: ended }).catch(() => undefined);
    const active = nemesis.spans.filter(({ toMs }) => toMs === undefined);
    onProgress({
      seconds: Math.round((performance.now() - fromMs) / 1000),
      acks: clients.acks() - told,
      sinceAckMs: Math.round(performance.now() - clients.lastAckAtMs()),
      faults: active.map(({ kind, on }) => `${kind} ${on}`.trim()),
    });
    told = clients.acks();
  }
}
