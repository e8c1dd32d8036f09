/**
 * What a seed switches on: each run draws its own size, speeds and subset of faults (swarm testing,
 * Groce et al. 2012: subsets find more than everything at once).
 *
 * The profile "full" holds every fault that the cluster claims to survive; after it, everything
 * must work again. "beyond" adds some that it does not: any number of emptied directories, clocks
 * that go back. It may stop for good then, but no checker of what was written or told is switched
 * off. What no protocol of this kind could notice is in neither of them: a disk that silently
 * forgets what it reported durable or has an old backup put back, all directories emptied at once
 * (the same as a new cluster), and frames that change on the way without their checksums telling.
 */
import { PIECE_BYTES } from "../../nodes/rpc/peer-stream.js";
import { BURST_COMMANDS, type ClientProfile } from "./clients.js";
import { FAULTS, FAULTS_BEYOND, type Fault } from "./fault-plan.js";
import { drawLimits } from "./limits.js";
import type { Prng } from "./prng.js";
import type { ClusterProfile } from "./sim-cluster.js";

/**
 * Who is healed first, once the faults are over. "all" at once; "core" a quorum first, while the
 * rest stays as it is; "deadLink" all but one link between two nodes.
 */
export type Healing = "all" | "core" | "deadLink";

/**
 * The nodes outside the core while it works: "apart", cut off from it; "flapping", linked to it,
 * but they come and go; "partial", linked to some of it, and they may well have longer logs;
 * "hanging", each linked to one of it and to nobody else: too few to lead, whatever its log.
 */
export type Outsiders = "apart" | "flapping" | "partial" | "hanging";

export interface SeedProfile {
  /** Whether everything must work again once the faults are over. */
  readonly mustConverge: boolean;
  readonly cluster: ClusterProfile;
  readonly clients: ClientProfile;
  readonly faults: readonly Fault[];
  readonly faultMeanMs: number;
  /** Virtual time under faults, before everything is healed. */
  readonly faultyMs: number;
  /** Begin with empty directories that nobody initialized. */
  readonly blankStart: boolean;
  readonly healing: Healing;
  readonly outsiders: Outsiders;
}

export const PROFILES = ["full", "beyond"] as const;

export type ProfileName = (typeof PROFILES)[number];

export function drawProfile(prng: Prng, name: ProfileName): SeedProfile {
  const beyond = name === "beyond";
  const nodes = prng.pick([1, 2, 3, 3, 3, 4, 5, 5, 5, 7]);
  const { clients, perSecond, crowd } = drawClients(prng.fork("clients"));
  const cluster = drawCluster(prng.fork("cluster"));
  const { snapshotEntries } = cluster;
  const { bytesPerMs, delayMeanMs, delaySpread } = cluster.network;
  const some = prng.pick([0.1, 0.25, 0.5]);
  const menu = FAULTS.filter((fault) => beyond || !FAULTS_BEYOND.includes(fault));
  return {
    mustConverge: !beyond,
    cluster: {
      ...cluster,
      nodes,
      logTailEntriesMin: bytesPerMs > 0 ? Math.ceil(perSecond * 2) : 0,
      counterMaxMin: delayMeanMs * delaySpread < 10 ? 0 : 40,
      // A copy may be under way for as long as a leader takes to miss a silent follower.
      requestsPerGeneration: clients.memory + crowd + Math.ceil(perSecond * 2),
      // A snapshot holds all that is remembered: many large ones would be most of the work.
      snapshotEntries: Math.max(snapshotEntries, Math.ceil(perSecond / 8)),
    },
    clients: { ...clients, believesNo: !cluster.network.unordered },
    faults: menu.filter(() => prng.chance(some)),
    faultMeanMs: prng.pick([100, 300, 600, 1200]),
    faultyMs: prng.int(4000, 12_000),
    blankStart: prng.chance(0.15),
    healing: prng.pick(["all", "core", "core", "deadLink"]),
    outsiders: prng.pick(["apart", "flapping", "partial", "hanging"]),
  };
}

/** Also how many commands a second they send at most, without repeats. */
function drawClients(prng: Prng) {
  const clients = prng.int(1, 6);
  const thinkMeanMs = prng.pick([8, 30, 120, 400]);
  const burstChance = prng.pick([0, 0, 0.02, 0.1]);
  const perSecond = ((clients * 1000) / thinkMeanMs) * (1 + burstChance * BURST_COMMANDS);
  return {
    perSecond,
    /** More than that, all at once. */
    crowd: burstChance > 0 ? clients * BURST_COMMANDS : 0,
    clients: {
      clients,
      thinkMeanMs,
      burstChance,
      memory: Math.ceil(perSecond * 1.5) + 10,
      readChance: prng.pick([0, 0.1, 0.4, 0.4]),
      twiceChance: prng.pick([0, 0.05, 0.3]),
      lateChance: prng.pick([0, 0, 0.05, 0.3]),
      slowChance: prng.pick([0, 0, 0.2]),
      giveUpChance: prng.pick([0, 0.1, 0.5]),
      rooms: prng.pick([2, 2, 3, 20]),
    },
  };
}

/** What does not depend on the clients. */
type DrawnCluster = Omit<
  ClusterProfile,
  "nodes" | "requestsPerGeneration" | "logTailEntriesMin" | "counterMaxMin"
>;

function drawCluster(prng: Prng): DrawnCluster {
  const delayMeanMs = prng.pick([0.1, 0.5, 2, 10]);
  // Far apart, no leader could be established within the lower limits.
  const isFar = delayMeanMs > 2;
  return {
    initLimitTicks: isFar ? 40 : prng.pick([12, 40, 40]),
    disk: {
      syncMeanMs: prng.pick([0.1, 0.5, 5, 20]),
      stallChance: prng.pick([0, 0, 0.001, 0.01]),
      errorChance: prng.pick([0, 0, 0.0003]),
      snapshotMeanMs: prng.pick([5, 20, 300, 2000]),
    },
    network: {
      delayMeanMs,
      delaySpread: isFar ? prng.pick([1, 3]) : prng.pick([1, 1, 10]),
      bytesPerMs: prng.pick([0, 0, 0, 500]),
      noticeMeanMs: prng.pick([0, 0, 50, 1000]),
      resetChance: prng.pick([0, 0, 0.001, 0.01]),
      unordered: prng.chance(0.3),
      dropChance: prng.pick([0, 0.01, 0.05]),
      repeatChance: prng.pick([0, 0.01, 0.1]),
      repeatMeanMs: prng.pick([delayMeanMs * 5, 300, 1500]),
      pieceBytes: prng.pick([300, PIECE_BYTES, PIECE_BYTES, PIECE_BYTES]),
    },
    clockSpread: prng.pick([1, 1, 1.05, 1.5]),
    timerLateMs: prng.pick([0, 0, 5, 40]),
    busyMs: prng.pick([0, 0, 1, 10]),
    ...drawLimits(prng),
  };
}
