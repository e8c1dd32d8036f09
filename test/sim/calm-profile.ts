/**
 * A seed in calm weather: every knob where it does no harm. Shrinking turns knobs towards it, and a
 * stored case that is older than a knob gets this value for it.
 */
import { PIECE_BYTES } from "../../nodes/rpc/peer-stream.js";
import { CALM_LIMITS } from "./limits.js";
import type { SeedProfile } from "./profile.js";

export const CALM_PROFILE: SeedProfile = {
  mustConverge: true,
  cluster: {
    nodes: 3,
    initLimitTicks: 40,
    logTailEntriesMin: 0,
    counterMaxMin: 0,
    disk: { syncMeanMs: 0.5, stallChance: 0, errorChance: 0, snapshotMeanMs: 20 },
    network: {
      delayMeanMs: 0.5,
      delaySpread: 1,
      bytesPerMs: 0,
      noticeMeanMs: 0,
      resetChance: 0,
      unordered: false,
      dropChance: 0,
      repeatChance: 0,
      repeatMeanMs: 0,
      pieceBytes: PIECE_BYTES,
    },
    clockSpread: 1,
    timerLateMs: 0,
    busyMs: 0,
    requestsPerGeneration: 10_000,
    ...CALM_LIMITS,
  },
  clients: {
    clients: 1,
    thinkMeanMs: 20,
    readChance: 0,
    twiceChance: 0,
    lateChance: 0,
    giveUpChance: 0,
    believesNo: true,
    burstChance: 0,
    slowChance: 0,
    rooms: 2,
    memory: 5000,
  },
  faults: [],
  faultMeanMs: 1000,
  faultyMs: 4000,
  blankStart: false,
  healing: "all",
  outsiders: "apart",
};
