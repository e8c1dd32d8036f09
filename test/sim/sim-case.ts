/**
 * A case: everything that decides a run, as plain data. A seed draws one; a found one is made
 * shorter (shrink) and kept as a JSON file. Equal cases give equal runs.
 */
import { drawPlan, type PlannedFault } from "./fault-plan.js";
import { createPrng } from "./prng.js";
import { drawProfile, type ProfileName, type SeedProfile } from "./profile.js";

export interface SimCase {
  /** Seeds the dice of network, disks and clients. */
  readonly seed: number;
  readonly profile: SeedProfile;
  readonly plan: readonly PlannedFault[];
}

/** `nodes` fixes the size of the cluster, which is else drawn like all the rest. */
export function drawCase(seed: number, name: ProfileName = "full", nodes?: number): SimCase {
  const prng = createPrng(seed);
  const drawn = drawProfile(prng.fork("profile"), name);
  const size = nodes ?? drawn.cluster.nodes;
  const profile = { ...drawn, cluster: { ...drawn.cluster, nodes: size } };
  const plan = drawPlan(prng.fork("plan"), {
    nodes: profile.cluster.nodes,
    faults: profile.faults,
    meanMs: profile.faultMeanMs,
    untilMs: profile.faultyMs,
  });
  return { seed, profile, plan };
}
