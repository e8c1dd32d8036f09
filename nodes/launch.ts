/**
 * The program that runs a whole local cluster, every node and the gateway as a process of its own:
 *
 *   node dist/launch.js up [--nodes N] [--config F] [--data-dir D] [--fresh] [--restart]
 *     [--attached]
 *
 * It stays in the foreground until Ctrl-C, until no node is left, or, attached, until its standard
 * input ends. Exit codes: 0 stopped as asked,
 * 2 wrong usage or cluster file, 3 not started or no node left, 130 and 143 interrupted before the
 * cluster was ready or when nodes had to be killed.
 */
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { PATTERN_NODES_MAX, patternConfig } from "../config/pattern-config.js";
import { DEFAULT_CONFIG_FILE, readConfig } from "../config/read-config.js";
import { startCluster } from "./launch-cluster.js";
import { prepareData, writeEffectiveConfig } from "./launch-data.js";
import { type LaunchPlan, planLaunch } from "./launch-plan.js";
import { portProblems } from "./launch-ports.js";
import { askStatus, awaitGateway, awaitLeader } from "./launch-ready.js";
import { readyText, waitingText } from "./launch-text.js";
import { StorageRefused } from "./store/storage-damage.js";

const USAGE = 2;
const UNAVAILABLE = 3;

/** How long a start may take before a person wants to know what it waits for. */
const WAITING_NOTICE_MS = 15_000;

/** What a shell makes of a process that a signal ended: 128 and the signal's number. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Beside this program; all are bundles in dist/. */
const PROGRAMS = {
  node: fileURLToPath(new URL("./node.js", import.meta.url)),
  gateway: fileURLToPath(new URL("./gateway.js", import.meta.url)),
};

interface Options {
  readonly nodes?: number;
  readonly config?: string;
  readonly dataDir?: string;
  readonly fresh?: boolean;
  readonly restart?: boolean;
  readonly attached?: boolean;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function up(options: Options): Promise<number> {
  const sourceFile = options.config ?? DEFAULT_CONFIG_FILE;
  const read = readConfig(sourceFile, { dataDir: options.dataDir });
  if (!read.ok) {
    complain(read.problems.join("\n"));
    return USAGE;
  }
  const config =
    options.nodes === undefined ? read.config : patternConfig(options.nodes, read.config);
  const plan = planLaunch(config, PROGRAMS);
  const isOwnFile = resolve(sourceFile) === plan.configFile && options.nodes === undefined;
  const problem = await prepare(plan, options.fresh === true, isOwnFile);
  if (problem !== undefined) {
    complain(problem);
    return UNAVAILABLE;
  }
  const isDefault = config === read.config && !options.config && !options.dataDir;
  const configHint = isDefault ? "" : ` --config ${shortName(plan.configFile)}`;
  return await run(plan, options, configHint);
}

/** As a person would type it. */
function shortName(file: string): string {
  const name = relative(process.cwd(), file);
  return name.startsWith("..") ? file : name;
}

/** Returns why the cluster cannot be started; undefined when everything is in place. */
async function prepare(
  plan: LaunchPlan,
  fresh: boolean,
  isOwnFile: boolean,
): Promise<string | undefined> {
  const missing = Object.values(PROGRAMS).find((program) => !existsSync(program));
  if (missing !== undefined) return `There is no ${missing}; run "node build.mjs" first.`;
  const problems = await portProblems(plan);
  if (problems.length > 0) return problems.join("\n");
  try {
    const data = await prepareData(plan, fresh);
    if (!data.ok) return data.problem;
    if (data.isNew) say(`A new cluster begins in ${plan.config.dataDir}.`);
    if (data.blank.length > 0) say(`Blank, to catch up from the others: ${data.blank.join(", ")}.`);
  } catch (error) {
    // The store's refusals and the system's (no right, no space) say what is wrong by themselves.
    if (error instanceof StorageRefused) return error.message;
    if (error instanceof Error && "code" in error) return error.message;
    throw error;
  }
  // The cluster's own file may carry its owner's comments; it says the same already.
  if (!isOwnFile) writeEffectiveConfig(plan);
  return undefined;
}

/** Runs the cluster to its end and returns the exit code. */
async function run(plan: LaunchPlan, options: Options, configHint: string): Promise<number> {
  const { nodes, quorum } = plan.config;
  const restart = options.restart === true;
  const cluster = startCluster({ plan, restart, configHint, say });
  const done = new AbortController();
  let interrupt: { readonly exitCode: number; readonly clean: Promise<boolean> } | undefined;
  const stop = (signal: keyof typeof INTERRUPTED): void => {
    if (interrupt === undefined) say("Stopping.");
    done.abort();
    interrupt = { exitCode: INTERRUPTED[signal], clean: cluster.stop() };
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stop(signal));
  }
  if (options.attached === true) {
    // Whoever holds the other end has gone, perhaps without a word; then nobody reads either.
    process.stdin.on("close", () => stop("SIGTERM")).resume();
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  }
  void cluster.over.then(() => done.abort());
  const notice = setInterval(() => void sayWaiting(plan), WAITING_NOTICE_MS);
  const leader = await awaitLeader(nodes, quorum, done.signal);
  if (plan.config.gateway !== undefined) await awaitGateway(plan.config.gateway, done.signal);
  clearInterval(notice);
  const ready = leader !== undefined && !done.signal.aborted;
  // The clock began with this process, so this is what a person has waited.
  if (ready) say(readyText(plan, leader, cluster.pids(), performance.now(), configHint));
  await cluster.over;
  if (interrupt === undefined) {
    complain(`No node is left. Their logs are in ${plan.logsDir}.`);
    return UNAVAILABLE;
  }
  const { clean, exitCode } = interrupt;
  return (await clean) && ready ? 0 : exitCode;
}

async function sayWaiting(plan: LaunchPlan): Promise<void> {
  const answers = await Promise.all(plan.nodes.map(({ node }) => askStatus(node)));
  say(
    waitingText(
      plan,
      answers.filter((status) => status !== undefined),
    ),
  );
}

function nodeCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= PATTERN_NODES_MAX) return count;
  throw new InvalidArgumentError(`A cluster has 1 to ${PATTERN_NODES_MAX} nodes.`);
}

async function main(): Promise<void> {
  const program = new Command("launch").exitOverride();
  program
    .command("up")
    .description("start every node of a cluster on this machine, and its gateway")
    .option("--nodes <n>", "this many nodes, whatever the file lists", nodeCount)
    .option("--config <file>", "the cluster file")
    .option("--data-dir <dir>", "where the nodes keep their files")
    .option("--fresh", "delete the nodes' files first")
    .option("--restart", "start a node again when it dies")
    .option("--attached", "stop when standard input ends, as Ctrl-C does")
    .exitOverride()
    .action(async (options: Options) => {
      process.exitCode = await up(options);
    });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  }
  process.exit();
}

await main();
