/**
 * The mutation zoo as a program: `npm run zoo`. Puts each known bug into the code in turn and sees
 * how many seeds the simulator needs to notice. A simulator that misses one is too kind.
 *
 * Exit codes: 0 all killed; 1 one survives, is stale, or was killed by what the true code fails,
 * too; 2 wrong usage; 130 interrupted, after the table so far.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { numberFrom, writableFile } from "../program-values.js";
import { MUTANTS } from "./catalogue.js";
import { KNOWN_SEEDS_FILE, knownSeedsText, readKnownSeeds } from "./known-seeds.js";
import type { Mutant } from "./mutant.js";
import { startTrials } from "./trials.js";
import { isKilled, reportText, rowOf } from "./zoo-report.js";

interface Options {
  readonly only?: readonly Mutant[];
  readonly seeds: number;
  readonly secondsPerMutant: number;
  readonly jobs: number;
  readonly repeats: number;
  readonly json?: string;
  readonly record: boolean;
}

function mutantsNamed(text: string): Mutant[] {
  return text.split(",").map((name) => {
    const mutant = MUTANTS.find((one) => one.name === name);
    if (mutant !== undefined) return mutant;
    const names = MUTANTS.map((one) => one.name).join(", ");
    throw new InvalidArgumentError(`There is no ${name}; there are ${names}.`);
  });
}

function parse(): Options {
  return new Command("zoo")
    .description("Puts known bugs into the code, and counts the seeds until each is noticed.")
    .option("--only <names>", "these mutants, with commas between them", mutantsNamed)
    .option("--seeds <n>", "seeds for each repeat, at most", numberFrom(1), 5000)
    .option("--seconds-per-mutant <n>", "shared by its repeats", numberFrom(1), 60)
    .option("--jobs <n>", "worker threads", numberFrom(1), availableParallelism())
    .option("--repeats <n>", "from so many different first seeds", numberFrom(1), 5)
    .option("--json <file>", "the rows of the table as JSON, too", writableFile)
    .option(
      "--record",
      "find and note seeds for the test, quick to run, where the known ones fail",
      false,
    )
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Options>();
}

async function main(): Promise<void> {
  const options = parse();
  const isTerminal = process.stderr.isTTY === true;
  let done = 0;
  let missed = 0;
  const named = options.only ?? MUTANTS;
  // Tests have no seeds to note.
  const mutants = options.record ? named.filter(({ tests }) => tests === undefined) : named;
  const trials = startTrials(mutants, {
    ...options,
    known: options.record ? readKnownSeeds() : undefined,
    onHunt(mutant, { kill, seeds }) {
      done++;
      if (kill === undefined) missed++;
      const by = kill === undefined ? "not killed" : `killed by ${kill.invariant}`;
      const tried = seeds > 0 ? `, ${seeds} seeds` : "";
      const count = `${done} of ${trials.total} hunts, ${missed} missed`;
      const line = `${count}: ${mutant.name} ${by}${tried}`;
      process.stderr.write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`);
    },
  });
  process.once("SIGINT", () => {
    process.exitCode = 130;
    trials.stop();
  });
  const verdicts = await trials.verdicts;
  if (isTerminal) process.stderr.write("\n");
  const rows = verdicts.map(rowOf);
  console.log(reportText(rows));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 1)}\n`);
  if (options.record) writeFileSync(KNOWN_SEEDS_FILE, knownSeedsText(verdicts));
  if (!rows.every(isKilled)) process.exitCode ??= 1;
}

await main();
