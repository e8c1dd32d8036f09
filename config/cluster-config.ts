/**
 * A cluster's settings after they were read, checked and completed. Everything else imports these
 * types; only read-config.ts makes them.
 */

export interface NodeConfig {
  readonly id: string;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export interface Limits {
  /** Proposal frames sent and not yet committed; the rest collects. */
  readonly framesInFlight: number;
  /** Commands waiting on one node, proposed or not, before it answers resource_exhausted. */
  readonly outstandingMax: number;
  /** The largest request body a client may send. */
  readonly messageBytesMax: number;
  /** The longest deadline a client may ask for, and the one it gets if it asks for none. */
  readonly deadlineMs: number;
  readonly watchersMax: number;
  /** Requests that one address may make; for a moment twice as many. */
  readonly requestsPerSecond: number;
  /** Connections that one address may hold. */
  readonly connectionsPerAddressMax: number;
  /** Transactions queued for one slow watcher before it is resynced with a snapshot. */
  readonly watchQueueMax: number;
  /** Newest log entries kept in memory, for DIFF and for resuming watchers. */
  readonly logTailEntries: number;
  /** Entries in one log segment file. */
  readonly segmentEntries: number;
  /** Entries between two snapshots of the state. */
  readonly snapshotEntries: number;
}

export interface GatewayConfig {
  readonly host: string;
  /** For clients. */
  readonly port: number;
}

export interface ClusterConfig {
  readonly clusterId: string;
  /** In order of rank, lowest first; the rank decides between otherwise equal votes. */
  readonly nodes: readonly NodeConfig[];
  readonly quorum: number;
  readonly tickMs: number;
  readonly heartbeatTicks: number;
  readonly initLimitTicks: number;
  readonly syncLimitTicks: number;
  /** How long a decided election waits for a better vote while some linked voter is silent. */
  readonly electionWaitTicks: number;
  readonly dataDir: string;
  /** What becomes of log segments below the older snapshot. */
  readonly oldSegments: "keep" | "archive" | "delete";
  readonly limits: Limits;
  /** Undefined: `zabble up` starts none. */
  readonly gateway?: GatewayConfig | undefined;
  /** Origins whose pages may use nodes and gateway, beside their own and this machine's. */
  readonly allowedOrigins: readonly string[];
  /** Whether AdminService answers. */
  readonly admin: boolean;
  /** The pino level of the nodes. */
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error";
}
