/**
 * One gateway process: `node dist/gateway.js [--config F] [--port P] [--host H] [--server URL]`.
 * The only place that ends the process. Its log is JSON lines on standard output.
 *
 * Exit codes: 0 stopped as asked, 1 an invariant broke, 2 wrong usage or configuration, 3 the port
 * cannot be had.
 */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { pino } from "pino";
import { readPageFiles } from "../api/page-files.js";
import type { ServiceLog } from "../api/service-log.js";
import { isStraySessionError } from "../client/h2-transport.js";
import { systemClock } from "../client/system-clock.js";
import { clientUrl } from "../config/client-url.js";
import type { ClusterConfig } from "../config/cluster-config.js";
import { DEFAULT_CONFIG_FILE, readConfig } from "../config/read-config.js";
import { type Gateway, startGateway } from "./gateway.js";

const INVARIANT = 1;
const USAGE = 2;
const WORLD = 3;

const DEFAULT_AT = { host: "127.0.0.1", port: 8080 } as const;

/** Beside the bundle that this file is part of. */
const PAGE_FOLDER = fileURLToPath(new URL("./web/", import.meta.url));

interface Options {
  readonly config: string;
  readonly port?: number;
  readonly host?: string;
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("A port is a whole number from 0 to 65535; 0 takes a free one.");
}

async function main(): Promise<void> {
  const program = new Command("gateway")
    .description("Runs a gateway in front of a Zabble cluster.")
    .option("--config <file>", "the cluster file", DEFAULT_CONFIG_FILE)
    .option("--port <n>", "where to serve, instead of the file's gateway.port", portNumber)
    .option("--host <name>", "the address to serve on, instead of the file's gateway.host")
    .exitOverride();
  try {
    program.parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : USAGE);
  }
  const options = program.opts<Options>();
  const read = readConfig(options.config);
  if (!read.ok) {
    complain(read.problems.join("\n"));
    process.exit(USAGE);
  }
  await run(read.config, options);
}

async function run(config: ClusterConfig, options: Options): Promise<void> {
  const log = createLog(config.logLevel);
  const fail = (error: unknown): void => {
    log.error("the gateway ends", { err: error });
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(INVARIANT);
  };
  process.on("uncaughtException", (error) => {
    if (!isStraySessionError(error)) fail(error);
  });
  const { host, port } = config.gateway ?? DEFAULT_AT;
  const at = { host: options.host ?? host, port: options.port ?? port };
  const gateway = await startGateway({
    at,
    servers: config.nodes.map(clientUrl),
    limits: config.limits,
    allowedOrigins: config.allowedOrigins,
    administered: config.admin ? addresses(config) : undefined,
    page: readPageFiles(PAGE_FOLDER),
    clock: systemClock,
    requestId: randomUUID,
    log,
    fail,
  }).catch((error: unknown): never => {
    const why = error instanceof Error ? error.message : String(error);
    complain(`The gateway cannot serve on ${at.host}:${at.port}: ${why}`);
    process.exit(WORLD);
  });
  log.info("started", { at: `${at.host}:${gateway.port}`, nodes: config.nodes.length });
  stopOnSignals(gateway, log);
}

function addresses({ nodes }: ClusterConfig): ReadonlyMap<string, string> {
  return new Map(nodes.map((node) => [node.id, clientUrl(node)]));
}

function stopOnSignals(gateway: Gateway, log: ServiceLog & Pick<Log, "info">): void {
  let first: string | undefined;
  const stop = (signal: string): void => {
    // Ctrl-C reaches it twice: from the terminal, and as SIGTERM from "zabble up".
    if (signal === first) process.exit(WORLD);
    if (first !== undefined) return;
    first = signal;
    log.info("stopping", { signal });
    void gateway.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

interface Log extends ServiceLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

function createLog(level: ClusterConfig["logLevel"]): Log {
  const sink = pino(
    { level, base: { node: "gateway" } },
    pino.destination({ dest: 1, sync: true }),
  );
  const write =
    (at: "info" | "warn" | "error") =>
    (message: string, fields: object = {}) => {
      sink[at](fields, message);
    };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

await main();
