/**
 * What a seed switches on: each run draws its own size, speeds and subset of faults (swarm testing,
 * Groce et al. 2012: subsets find more than everything at once). Limits are shrunk so that rare
 * branches (snapshots, trimmed memory, used-up counters, full windows) come up all the time.
 */
import type { ClientProfile } from "./clients.js";
import { FAULTS, type Fault } from "./fault-plan.js";
import type { Prng } from "./prng.js";
import type { ClusterProfile } from "./sim-cluster.js";

export interface SeedProfile {
  readonly cluster: ClusterProfile;
  readonly clients: ClientProfile;
  readonly faults: readonly Fault[];
  readonly faultMeanMs: number;
  /** Virtual time under faults, before everything is healed. */
  readonly faultyMs: number;
  /** Begin with empty directories that nobody initialized. */
  readonly blankStart: boolean;
}

export function drawProfile(prng: Prng): SeedProfile {
  const nodes = prng.pick([1, 2, 3, 3, 3, 4, 5, 5, 5, 7]);
  const possible = FAULTS.filter((fault) => fault !== "wipe" || nodes >= 3);
  return {
    cluster: {
      nodes,
      disk: {
        syncMeanMs: prng.pick([0.1, 0.5, 5, 20]),
        stallChance: prng.pick([0, 0, 0.001, 0.01]),
      },
      network: {
        delayMeanMs: prng.pick([0.1, 0.5, 2, 10]),
        resetChance: prng.pick([0, 0, 0.001, 0.01]),
        unordered: prng.chance(0.3),
        dropChance: prng.pick([0, 0.01, 0.05]),
        repeatChance: prng.pick([0, 0.01, 0.1]),
      },
      logTailEntries: prng.pick([5, 20, 100, 10_000]),
      snapshotEntries: prng.pick([3, 10, 50, 10_000]),
      counterMax: prng.pick([5, 40, 1_000_000, 1_000_000]),
      windowEntries: prng.pick([1, 4, 1000]),
      framesInFlight: prng.pick([1, 2, 2, 5]),
    },
    clients: {
      clients: prng.int(1, 6),
      thinkMeanMs: prng.pick([5, 20, 100]),
      readChance: prng.pick([0, 0.1, 0.4]),
      twiceChance: prng.pick([0, 0.05, 0.3]),
    },
    faults: possible.filter(() => prng.chance(0.4)),
    faultMeanMs: prng.pick([150, 400, 1000]),
    faultyMs: prng.int(4000, 12_000),
    blankStart: prng.chance(0.15),
  };
}
