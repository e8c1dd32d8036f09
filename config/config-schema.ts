/**
 * The shape of a cluster file: which keys exist, what each accepts, and its default. Every rule
 * carries the words that read-config.ts puts after "expected". Rules that span several keys are in
 * cross-check.ts.
 */
import { z } from "zod";

const PORT = "a port from 1 to 65535";
const NODE_ID = "an id of 1 to 24 characters out of a-z, 0-9 and -";
export const QUORUM = '"majority", or a whole number above half of the nodes and at most all';

const ORIGIN = "an origin such as https://play.example.org, without a path";
const ORIGINS = "a list of origins such as https://play.example.org";

function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

function text(error: string) {
  return z.string({ error }).min(1, { error });
}

function oneOf<const T extends readonly [string, ...string[]]>(names: T) {
  return z.enum(names, { error: `one of ${names.join(", ")}` });
}

const port = z
  .number({ error: PORT })
  .int({ error: PORT })
  .min(1, { error: PORT })
  .max(65_535, { error: PORT });

const node = z.strictObject(
  {
    id: z.string({ error: NODE_ID }).regex(/^[a-z0-9-]{1,24}$/, { error: NODE_ID }),
    host: text("a host name or an IP address").default("127.0.0.1"),
    clientPort: port,
    peerPort: port,
  },
  { error: "a node: id, host, clientPort, peerPort" },
);

const limits = z.strictObject(
  {
    framesInFlight: whole(1, 64).default(2),
    outstandingMax: whole(1, 1_000_000).default(4096),
    messageBytesMax: whole(1024, 16_777_216).default(65_536),
    deadlineMs: whole(1, 3_600_000).default(10_000),
    watchersMax: whole(1, 1_000_000).default(2000),
    requestsPerSecond: whole(1, 1_000_000).default(1000),
    connectionsPerAddressMax: whole(1, 1_000_000).default(2048),
    watchQueueMax: whole(1, 1_000_000).default(10_000),
    logTailEntries: whole(1, 10_000_000).default(40_000),
    segmentEntries: whole(1, 10_000_000).default(20_000),
    snapshotEntries: whole(1, 10_000_000).default(50_000),
  },
  { error: "a map of limits" },
);

const gateway = z.strictObject(
  { host: text("a host name or an IP address").default("127.0.0.1"), port },
  { error: "a gateway: host, port" },
);

/** Exactly as a browser writes it, for it is compared as text. */
const origin = z.string({ error: ORIGIN }).refine(isOrigin, { error: ORIGIN });

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const clusterFields = {
  clusterId: text("the cluster's name").max(64, { error: "the cluster's name" }).default("zabble"),
  nodes: z.array(node, { error: "a list of at least one node" }).min(1, {
    error: "a list of at least one node",
  }),
  quorum: z
    .union([z.literal("majority"), z.number().int().min(1)], { error: QUORUM })
    .default("majority"),
  tickMs: whole(1, 60_000).default(50),
  heartbeatTicks: whole(1, 1000).default(1),
  initLimitTicks: whole(1, 100_000).default(40),
  syncLimitTicks: whole(1, 100_000).default(8),
  electionWaitTicks: whole(0, 1000).default(2),
  dataDir: text("a directory").default("data"),
  oldSegments: oneOf(["keep", "archive", "delete"]).default("delete"),
  limits: limits.prefault({}),
  gateway: gateway.optional(),
  allowedOrigins: z.array(origin, { error: ORIGINS }).default([]),
  admin: z.boolean({ error: "true or false" }).default(false),
  logLevel: oneOf(["trace", "debug", "info", "warn", "error"]).default("info"),
};

export const clusterSchema = z.strictObject(clusterFields, { error: "a map of settings" });

/** The keys allowed at each level, for saying what was expected instead of an unknown one. */
export const KNOWN_KEYS = {
  cluster: Object.keys(clusterFields),
  node: Object.keys(node.shape),
  limits: Object.keys(limits.shape),
  gateway: Object.keys(gateway.shape),
} as const;
