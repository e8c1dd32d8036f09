/** The cluster file of a simulated cluster, and the limits in it that the simulator shrinks. */
import type { ClusterConfig } from "../../config/cluster-config.js";

/** What every node of a cluster must agree on. */
export interface ConfigProfile {
  readonly nodes: number;
  readonly initLimitTicks: number;
  /**
   * What is written while a snapshot travels must stay in memory, whatever the limits say: else who
   * gets the snapshot has to begin again, for ever.
   */
  readonly logTailEntriesMin: number;
  /** An epoch must last until a learner is through with discovery: else it never is. */
  readonly counterMaxMin: number;
}

/** Settings that a restart may change, and that may differ from node to node. */
export interface NodeLimits {
  readonly logTailEntries: number;
  readonly snapshotEntries: number;
  readonly snapshotChunkBytes: number;
  readonly counterMax: number;
  readonly windowEntries: number;
  readonly framesInFlight: number;
  readonly outstandingMax: number;
}

export function simConfig(profile: ConfigProfile, limits: NodeLimits): ClusterConfig {
  const ids = Array.from({ length: profile.nodes }, (_, index) => `node${index + 1}`);
  return {
    clusterId: "sim",
    nodes: ids.map((id, index) => ({
      id,
      host: "127.0.0.1",
      clientPort: index + 1,
      peerPort: index + 101,
    })),
    quorum: Math.floor(profile.nodes / 2) + 1,
    tickMs: 50,
    heartbeatTicks: 1,
    initLimitTicks: profile.initLimitTicks,
    syncLimitTicks: 8,
    electionWaitTicks: 2,
    dataDir: "",
    oldSegments: "delete",
    limits: {
      framesInFlight: limits.framesInFlight,
      outstandingMax: limits.outstandingMax,
      messageBytesMax: 65_536,
      deadlineMs: 10_000,
      watchersMax: 10,
      requestsPerSecond: 1000,
      connectionsPerAddressMax: 100,
      watchQueueMax: 100,
      logTailEntries: Math.max(limits.logTailEntries, profile.logTailEntriesMin),
      segmentEntries: 1000,
      snapshotEntries: limits.snapshotEntries,
    },
    allowedOrigins: [],
    admin: false,
    logLevel: "error",
  };
}
