/**
 * One node process: `node dist/node.js --id node1 [--config F] [--data-dir D]`. Puts the parts
 * together, and is the only place that ends the process. Logs are JSON lines on standard output;
 * the last words of a node that cannot go on are on standard error too, for people.
 *
 * Exit codes: 0 stopped as asked, 1 an invariant broke, 2 wrong usage or configuration, 3 the disk,
 * the data directory or a port failed.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Command } from "commander";
import { createClientServer } from "../api/client-server.js";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.js";
import { membershipHash } from "../config/membership-hash.js";
import { DEFAULT_CONFIG_FILE, readConfig } from "../config/read-config.js";
import { type Clock, createSystemClock } from "./clock.js";
import { removePidFile, writePidFile } from "./launch-pid-file.js";
import { createLogger, type Logger } from "./logger.js";
import { createNode, type ZabbleNode } from "./node.js";
import { createRepair, type RepairOutcome } from "./repair.js";
import type { Links } from "./rpc/links.js";
import { createPeerLinks } from "./rpc/peer-links.js";
import type { MendableLog } from "./store/damaged-log.js";
import type { Others } from "./store/load-log.js";
import { type OpenedStorage, openStorage } from "./store/open-storage.js";
import type { Storage } from "./store/storage.js";

const INVARIANT = 1;
const USAGE = 2;
const WORLD = 3;

interface Options {
  readonly id: string;
  readonly config: string;
  readonly dataDir?: string;
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function die(log: Logger, code: number, why: string): never {
  log.error("the node ends", { why });
  complain(why);
  process.exit(code);
}

async function main(): Promise<void> {
  const options = new Command("node")
    .description("Runs one node of a Zabble cluster.")
    .requiredOption("--id <node>", "which node of the cluster file this is")
    .option("--config <file>", "the cluster file", DEFAULT_CONFIG_FILE)
    .option("--data-dir <dir>", "where the nodes keep their data; this one in <dir>/<node>")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .parse()
    .opts<Options>();
  const read = readConfig(options.config, { dataDir: options.dataDir });
  if (!read.ok) {
    complain(read.problems.join("\n"));
    process.exit(USAGE);
  }
  const { config } = read;
  const self = config.nodes.find((node) => node.id === options.id);
  if (self === undefined) {
    const known = config.nodes.map((node) => node.id).join(", ");
    complain(`there is no node "${options.id}" in ${options.config}; it has ${known}`);
    process.exit(USAGE);
  }
  await run(config, self);
}

async function run(config: ClusterConfig, self: NodeConfig): Promise<void> {
  let node: ZabbleNode | undefined;
  const log = createLogger({
    nodeId: self.id,
    level: config.logLevel,
    position: () => ({
      epoch: node?.status().epoch ?? 0,
      zxid: node?.game().zxid ?? 0n,
    }),
  });
  // A broken invariant, wherever it shows: better no node than a wrong one.
  process.on("uncaughtException", (error) => {
    log.error("broken invariant", { err: error });
    complain(`${self.id} ends: ${error.stack ?? error.message}`);
    process.exit(INVARIANT);
  });
  const pidFile = join(config.dataDir, `${self.id}.pid`);
  const opened = await open(config, self, log);
  const incarnation = randomUUID();
  const clock = createSystemClock();
  const links = await createPeerLinks({
    nodeId: self.id,
    config,
    incarnation,
    warn: (message, fields) => log.warn(message, fields),
    nowMs: () => clock.nowMs(),
  }).catch((error: unknown) => die(log, WORLD, portProblem(self.peerPort, error)));
  const stage: Stage = { close: async () => undefined };
  stopOnSignals(self, log, stage, pidFile);
  writePidFile(pidFile, process.pid);
  const { storage, handedOver } =
    opened.kind === "sound"
      ? { storage: opened.storage, handedOver: links }
      : await repair(config, self, log, clock, links, opened.damaged, stage);
  node = createNode({
    nodeId: self.id,
    config,
    clock,
    links: handedOver,
    storage,
    log,
    fail: (why) => die(log, INVARIANT, `${self.id} ends, an invariant is broken: ${why}`),
    stop: () => process.kill(process.pid, "SIGKILL"),
  });
  const server = await createClientServer({
    replica: node,
    host: self.host,
    port: self.clientPort,
    limits: config.limits,
    allowedOrigins: config.allowedOrigins,
    log,
  }).catch((error: unknown) => die(log, WORLD, portProblem(self.clientPort, error)));
  const { recovered } = storage;
  log.info("started", {
    client: `${self.host}:${server.port}`,
    peer: `${self.host}:${links.port}`,
    entries: recovered.entries.length,
    snapshot: recovered.snapshot?.zxid ?? 0n,
    promised: recovered.acceptedEpoch,
    counts: recovered.initialized,
    distrusted: recovered.distrusted,
  });
  stage.close = async () => {
    // While its clients' calls finish, the node still takes part.
    await server.close();
    node?.close();
    await storage.close();
  };
  node.start();
}

/** What is to be closed when the node is asked to stop, at this stage of its life. */
interface Stage {
  close: () => Promise<void>;
}

/** Fills the holes of the log; resolves once there is a log to go on with. */
async function repair(
  config: ClusterConfig,
  self: NodeConfig,
  log: Logger,
  clock: Clock,
  links: Links,
  damaged: MendableLog,
  stage: Stage,
): Promise<{ readonly storage: Storage; readonly handedOver: Links }> {
  let handedOver = links;
  const outcome = await new Promise<RepairOutcome>((done) => {
    const { quorum } = config;
    const voters = config.nodes.map(({ id }) => id);
    const own = { nodeId: self.id, voters, quorum, clock, links, damaged, log, done };
    const repairing = createRepair(own);
    handedOver = repairing.handedOver;
    stage.close = async () => {
      repairing.close();
      links.close();
      await damaged.close();
    };
    repairing.start();
  });
  try {
    if (outcome.kind === "whole") return { storage: await damaged.open(), handedOver };
    log.warn("the log cannot be made whole", { why: outcome.why });
    return { storage: await damaged.beginAnew(), handedOver };
  } catch (error) {
    return die(log, WORLD, `${self.id} cannot use its data: ${words(error)}`);
  }
}

function stopOnSignals(self: NodeConfig, log: Logger, stage: Stage, pidFile: string): void {
  let first: string | undefined;
  const stop = (signal: string): void => {
    // Ctrl-C reaches it twice: from the terminal, and as SIGTERM from "zabble up".
    if (signal === first) die(log, WORLD, `${self.id} ends at once, as asked`);
    if (first !== undefined) return;
    first = signal;
    log.info("stopping", { signal });
    stage.close().then(
      () => {
        removePidFile(pidFile, process.pid);
        process.exit(0);
      },
      (error: unknown) => die(log, WORLD, `${self.id} could not stop cleanly: ${words(error)}`),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

async function open(config: ClusterConfig, self: NodeConfig, log: Logger): Promise<OpenedStorage> {
  try {
    return await openStorage({
      dir: join(config.dataDir, self.id),
      clusterId: config.clusterId,
      nodeId: self.id,
      membershipHash: membershipHash(config),
      segmentEntries: config.limits.segmentEntries,
      oldSegments: config.oldSegments,
      others: othersOf(config),
      fail: (why) => die(log, WORLD, `${self.id} ends: ${why}`),
      warn: (text) => log.warn(text),
    });
  } catch (error) {
    return die(log, WORLD, `${self.id} cannot use its data: ${words(error)}`);
  }
}

/** What the others can do for this node if its data is damaged. */
function othersOf({ nodes, quorum }: ClusterConfig): Others {
  const count = nodes.length - 1;
  if (count === 0) return "none";
  return count >= quorum ? "quorum" : "givers";
}

function portProblem(port: number, error: unknown): string {
  return `port ${port} cannot be used (is another node running?): ${words(error)}`;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
