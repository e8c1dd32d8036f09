/**
 * Real processes in real trouble: `npm run chaos -- [--seconds 60] [--seed N] [--nodes 5]`. Players
 * play and watch while nodes are killed, frozen, cut off and damaged; afterwards everything that
 * anybody was told is compared with what the nodes hold. The seed draws the faults; what the nodes
 * are doing when they strike is up to the machine.
 *
 * Progress is on standard error, the report on standard output. Exit codes: 0 nothing found, 1 a
 * violation, 2 wrong usage. Ctrl-C ends the faults early; the report comes all the same.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { isStraySessionError } from "../../client/h2-transport.js";
import { saveHistory } from "../history/json-lines.js";
import { numberFrom, writableFile } from "../program-values.js";
import type { Lie } from "./preload-bundle.js";
import { reportOf, reportText } from "./report.js";
import { type ChaosOptions, type Progress, runChaos } from "./run-chaos.js";
import { FAULTS, type FaultKind } from "./schedule.js";

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly nodes: number;
  readonly faults: readonly FaultKind[];
  readonly lie?: Lie;
  readonly json?: string;
  readonly history?: string;
  readonly keep: boolean;
}

const VIOLATED = 1;
const USAGE = 2;
const SEED_MAX = 2 ** 31;
const NODES_MAX = 9;
/** A day. */
const SECONDS_MAX = 86_400;

function faultsOf(text: string): readonly FaultKind[] {
  return text.split(",").map((name) => {
    const kind = FAULTS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`must be of ${FAULTS.join(", ")}`);
    return kind;
  });
}

function lieOf(text: string): Lie {
  if (text === "never" || text === "late") return text;
  throw new InvalidArgumentError('must be "never" or "late"');
}

function optionsOf(): Options {
  return new Command("chaos")
    .description("Breaks a cluster of real processes and checks that it never lies.")
    .option("--seconds <n>", "how long there are faults", numberFrom(1, SECONDS_MAX), 60)
    .option(
      "--seed <n>",
      "draws the faults",
      numberFrom(0, SEED_MAX),
      Math.floor(Math.random() * SEED_MAX),
    )
    .option("--nodes <n>", "how many", numberFrom(1, NODES_MAX), 5)
    .addOption(
      new Option("--faults <a,b,c>", "only these kinds").argParser(faultsOf).default(FAULTS, "all"),
    )
    .option("--lie <how>", "nodes that do not sync (never) or too late (late): must fail", lieOf)
    .option("--json <file>", "the report for programs, too", writableFile)
    .option(
      "--history <file>",
      "what clients asked and were told, for npm run check-history",
      writableFile,
    )
    .option("--keep", "keep the nodes' files, also of a good run", false)
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .parse()
    .opts<Options>();
}

function tellProgress({ seconds, acks, sinceAckMs, faults }: Progress): void {
  const words = `${seconds} s: ${acks} writes/s, last ${sinceAckMs} ms ago; ${faults.join(", ")}`;
  if (process.stderr.isTTY === true)
    process.stderr.write(`\r\x1b[K${words.slice(0, process.stderr.columns - 1)}`);
  else process.stderr.write(`${words}\n`);
}

async function main(): Promise<void> {
  const options = optionsOf();
  const interrupted = new AbortController();
  process.on("uncaughtException", (error) => {
    // Connections to nodes that die: the next call meets the same loss.
    if (isStraySessionError(error)) return;
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(VIOLATED);
  });
  const { seed, nodes, seconds, faults: kinds, lie } = options;
  process.stderr.write(`seed ${seed}\n`);
  const chaosOptions: ChaosOptions = {
    seed,
    nodes,
    seconds,
    kinds,
    lie,
    signal: interrupted.signal,
    keepAs: join(tmpdir(), `zabble-chaos-${seed}-${process.pid}`),
    keepAlways: options.keep,
    onProgress: tellProgress,
  };
  const running = runChaos(chaosOptions);
  // In place of the listener that would end this process at once; that is for the second one.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.removeAllListeners(signal);
    process.once(signal, () => {
      interrupted.abort();
      process.once(signal, () => process.exit(VIOLATED));
    });
  }
  const run = await running;
  const report = reportOf(chaosOptions, run);
  process.stderr.write("\n");
  process.stdout.write(`${reportText(report)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report)}\n`);
  if (options.history !== undefined) saveHistory(options.history, run.operations);
  // Sessions to nodes that are gone may keep their timers for a while.
  process.exit(report.violations.length === 0 ? 0 : VIOLATED);
}

await main();
