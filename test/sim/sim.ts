/**
 * The simulator as a program: `npm run sim -- --seed=S --seeds=N`. It spreads seeds over worker
 * threads, says how far it is, adds up what they covered, and makes a failing case small.
 *
 * Exit codes: 0 no violation, 1 a violation, 2 wrong usage, 130 interrupted.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { numberFrom, writableFile } from "../program-values.js";
import { createDiagramWatch } from "./diagram-watch.js";
import { printTrace } from "./print-trace.js";
import { PROFILES, type ProfileName } from "./profile.js";
import { createProgress } from "./progress.js";
import { runCase, type SeedResult, type Watch } from "./run-case.js";
import { type SeedJobs, startSeedJobs } from "./seed-jobs.js";
import { shrinkCase } from "./shrink.js";
import { drawCase, type SimCase } from "./sim-case.js";
import {
  addResult,
  createTotals,
  type FoundViolation,
  reportOf,
  reportText,
} from "./sim-report.js";
import { readStoredCase, storedCaseText } from "./stored-case.js";
import { bundleForWorker } from "./worker-bundle.js";

interface Options {
  readonly seed: number;
  readonly seeds?: number;
  readonly seconds?: number;
  readonly profile: ProfileName;
  readonly nodes?: number;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly shrink: boolean;
  readonly trace: boolean;
  readonly case?: string;
  readonly json?: string | true;
}

const FAILURES = "sim-failures";
/** A seed in so many runs twice. */
const REPEAT_EVERY = 50;
/** Enough for forty faults; each try is one run. */
const SHRINK_TRIES_MAX = 400;
const DIAGRAM_LINES = 50;
const NODES_MAX = 9;
const JOBS_MAX = 64;
/** A day: no timer of the runtime lasts a month. */
const SECONDS_MAX = 86_400;

function parse(): Options {
  return new Command("sim")
    .description("Runs the real driver, core and game under seeded faults, in virtual time.")
    .option("--seed <n>", "the first seed", numberFrom(0), 1)
    .option("--seeds <n>", "how many seeds (1, or with --seconds as many as fit)", numberFrom(1))
    .option("--seconds <n>", "begin no seed after that time", numberFrom(1, SECONDS_MAX))
    .addOption(
      new Option("--profile <name>", "which faults").choices([...PROFILES]).default(PROFILES[0]),
    )
    .option("--nodes <n>", "the size of every cluster, else drawn", numberFrom(1, NODES_MAX))
    .option("--jobs <n>", "worker threads", numberFrom(1, JOBS_MAX), availableParallelism())
    .option("--keep-going", "do not stop at the first violation", false)
    .option("--no-shrink", "do not make the failing case small")
    .option("--trace", "print all that happens (one seed or case)", false)
    .option("--case <file>", "run a stored case instead of seeds")
    .option(
      "--json [file]",
      "the report as one JSON object, to a file or instead of text",
      writableFile,
    )
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Options>();
}

const toErr = (text: string): void => {
  process.stderr.write(text);
};

/** One case in this thread; with a violation also its diagram. */
function runOne(simCase: SimCase, options: Options): void {
  const { result, picture } = runWithDiagram(simCase, options.trace);
  if (result.violation === undefined) {
    console.log(`no violation: ${result.events} events, ${result.committed} committed`);
    return;
  }
  console.log(picture);
  console.log(`violation of ${result.violation.invariant}: ${result.violation.what}`);
  process.exitCode = 1;
}

function runWithDiagram(
  simCase: SimCase,
  trace: boolean,
): { readonly result: SeedResult; readonly picture: string } {
  const diagram = createDiagramWatch();
  const watch: Watch = (world, cluster) => {
    diagram.watch(world, cluster);
    if (trace) printTrace(world, cluster);
  };
  const result = runCase(simCase, watch);
  return { result, picture: diagram.text(DIAGRAM_LINES, result.violation?.what ?? "") };
}

async function runMany(options: Options): Promise<void> {
  const { jobs, profile } = options;
  const count = options.seeds ?? (options.seconds === undefined ? 1 : Number.MAX_SAFE_INTEGER / 2);
  const totals = createTotals();
  const startedAtMs = performance.now();
  const progress = createProgress({
    total: options.seeds ?? (options.seconds === undefined ? 1 : undefined),
    limitSeconds: options.seconds,
    isTerminal: process.stderr.isTTY === true,
    nowMs: () => performance.now(),
    write: toErr,
  });
  let seedJobs: SeedJobs | undefined;
  const found = (): void => {
    if (!options.keepGoing) void seedJobs?.stop();
  };
  seedJobs = startSeedJobs({
    bundle: await bundleForWorker("test/sim/seed-worker.ts"),
    jobs: Math.min(jobs, count),
    first: options.seed,
    count,
    order: { profile, nodes: options.nodes, repeatEvery: count === 1 ? 1 : REPEAT_EVERY },
    onResult({ result, repeated }) {
      addResult(totals, result, repeated);
      progress.update({ done: totals.seeds, violations: totals.violations.length });
      if (result.violation !== undefined) found();
    },
    onLost(lost) {
      totals.seeds++;
      totals.violations.push(lost);
      found();
    },
  });
  const { stop } = seedJobs;
  const interrupted = (): void => {
    process.exitCode = 130;
    void stop();
  };
  process.once("SIGINT", interrupted);
  const timer =
    options.seconds === undefined
      ? undefined
      : setTimeout(() => void stop(), options.seconds * 1000);
  await seedJobs.done;
  clearTimeout(timer);
  progress.end();
  const seconds = (performance.now() - startedAtMs) / 1000;
  const report = reportOf(totals, { profile, seconds, jobs: Math.min(jobs, count) });
  if (options.json === true) console.log(JSON.stringify(report));
  else console.log(reportText(report));
  const [first] = report.violations;
  if (first !== undefined) {
    process.exitCode = process.exitCode === 130 ? 130 : 1;
    tellFailure(first, options);
  }
  // Last of all: a file that cannot be written must not hide what was found.
  if (typeof options.json === "string") writeFileSync(options.json, `${JSON.stringify(report)}\n`);
}

/** On standard error, so that a report in JSON stays one object. */
function tellFailure(violation: FoundViolation, options: Options): void {
  const { seed, invariant } = violation;
  const more = [
    options.profile === PROFILES[0] ? "" : ` --profile=${options.profile}`,
    options.nodes === undefined ? "" : ` --nodes=${options.nodes}`,
  ].join("");
  // Only a run of seeds runs them twice, and a single one always.
  const how = invariant === "Repeatability" ? "--seeds=1" : "--trace";
  toErr(`\nrepeat it with: npm run sim -- --seed=${seed}${more} ${how}\n`);
  const lasting = invariant === "Hang" || invariant === "Repeatability";
  if (!options.shrink || lasting) return;
  const drawn = drawCase(seed, options.profile, options.nodes);
  const terminal = process.stderr.isTTY === true;
  const { smallest, tries } = shrinkCase(drawn, {
    fails: (candidate) => runCase(candidate).violation?.invariant === invariant,
    triesMax: SHRINK_TRIES_MAX,
    onTry(count, { plan, profile }) {
      if (!terminal) return;
      toErr(
        `\rsmaller: try ${count}, ${plan.length} faults, ${profile.cluster.nodes} nodes\u001b[K`,
      );
    },
  });
  if (terminal) toErr("\n");
  const { result, picture } = runWithDiagram(smallest, false);
  const what = `Found with seed ${seed}, made small in ${tries} tries.`;
  mkdirSync(FAILURES, { recursive: true });
  const file = join(FAILURES, `${invariant}-${seed}.json`);
  writeFileSync(file, storedCaseText({ what, breaks: invariant, case: smallest }));
  toErr(`${sizeOf(drawn)}; made small: ${sizeOf(smallest)}\n\n${picture}\n`);
  toErr(`${result.violation?.invariant}: ${result.violation?.what}\n\n`);
  toErr(`repeat the small one with: npm run sim -- --case=${file}\n`);
}

function sizeOf({ plan, profile }: SimCase): string {
  const { cluster, clients, faultyMs } = profile;
  const people = `${clients.clients} clients`;
  return `${plan.length} faults, ${cluster.nodes} nodes, ${people}, ${faultyMs} ms`;
}

function storedCaseIn(file: string): SimCase {
  try {
    return readStoredCase(file).case;
  } catch (error) {
    toErr(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const options = parse();
  if (options.case !== undefined) runOne(storedCaseIn(options.case), options);
  else if (options.trace) runOne(drawCase(options.seed, options.profile, options.nodes), options);
  else await runMany(options);
}

await main();
