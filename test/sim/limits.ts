/**
 * Limits made so small that rare branches (snapshots, trimmed memory, used-up counters, full
 * windows, refused commands) come up all the time. What FoundationDB calls buggify.
 */
import { SNAPSHOT_CHUNK_BYTES } from "../../game/snapshot.js";
import type { Prng } from "./prng.js";
import type { NodeLimits } from "./sim-config.js";

/** What production has, as far as a short run can tell. */
export const CALM_LIMITS: NodeLimits = {
  logTailEntries: 10_000,
  snapshotEntries: 10_000,
  snapshotChunkBytes: SNAPSHOT_CHUNK_BYTES,
  counterMax: 1_000_000,
  windowEntries: 1000,
  framesInFlight: 2,
  outstandingMax: 64,
};

export function drawLimits(prng: Prng): NodeLimits {
  return {
    logTailEntries: prng.pick([5, 20, 100, CALM_LIMITS.logTailEntries]),
    snapshotEntries: prng.pick([3, 10, 50, CALM_LIMITS.snapshotEntries]),
    counterMax: prng.pick([5, 40, CALM_LIMITS.counterMax, CALM_LIMITS.counterMax]),
    windowEntries: prng.pick([1, 4, CALM_LIMITS.windowEntries]),
    framesInFlight: prng.pick([1, 2, 2, 5]),
    outstandingMax: prng.pick([2, 8, 64, 64]),
    snapshotChunkBytes: prng.pick([500, 3000, SNAPSHOT_CHUNK_BYTES, SNAPSHOT_CHUNK_BYTES]),
  };
}
