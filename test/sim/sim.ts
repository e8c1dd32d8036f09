/**
 * The simulator as a program: `npm run sim -- --seed=S --seeds=N`. Exits 1 on a violation and
 * prints the one command that repeats it.
 */
import { Command, InvalidArgumentError } from "commander";
import { printTrace } from "./print-trace.js";
import { runSeed, type SeedResult } from "./run-case.js";

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError("must be a whole number, 0 or more");
  }
  return value;
}

const program = new Command("sim")
  .description("runs the real driver, core and game under seeded faults")
  .option("--seed <n>", "the first seed", wholeNumber, 1)
  .option("--seeds <n>", "how many seeds", wholeNumber, 1)
  .option("--trace", "print what happens (one seed)", false)
  .option("--json", "one JSON object at the end instead of text", false)
  .parse();

const options = program.opts<{ seed: number; seeds: number; trace: boolean; json: boolean }>();
const startedAt = performance.now();
const totals = { virtualMs: 0, events: 0, committed: 0, told: 0, faults: 0 };
let failed: SeedResult | undefined;
let ran = 0;

for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
  const result = runSeed(seed, options.trace ? printTrace : undefined);
  ran++;
  totals.virtualMs += result.virtualMs;
  totals.events += result.events;
  totals.committed += result.committed;
  totals.told += result.told;
  for (const count of result.faults.values()) totals.faults += count;
  if (result.violation !== undefined) {
    failed = result;
    break;
  }
  // Every hundredth seed runs twice: equal seeds must give equal runs.
  if (seed % 100 === 0 && runSeed(seed).fingerprint !== result.fingerprint) {
    failed = { ...result, violation: { invariant: "Repeatability", what: "two runs differ" } };
    break;
  }
  if (!options.json && process.stderr.isTTY === true) {
    process.stderr.write(`\rseed ${seed}, ${ran} of ${options.seeds}`);
  }
}
if (process.stderr.isTTY === true && !options.json) process.stderr.write("\n");

const seconds = (performance.now() - startedAt) / 1000;
const summary = {
  seeds: ran,
  passed: failed === undefined ? ran : ran - 1,
  failed: failed === undefined ? 0 : 1,
  seconds: Number(seconds.toFixed(1)),
  virtualHours: Number((totals.virtualMs / 3_600_000).toFixed(2)),
  timesRealTime: Math.round(totals.virtualMs / 1000 / seconds),
  ...totals,
};
if (options.json) {
  console.log(
    JSON.stringify({ ...summary, violation: failed?.violation, seed: failed?.simCase.seed }),
  );
} else {
  console.log(
    `${ran} seeds in ${summary.seconds} s: ${summary.virtualHours} simulated hours ` +
      `(${summary.timesRealTime} times real time), ${totals.events} events, ` +
      `${totals.faults} faults, ${totals.committed} committed, ${totals.told} told to clients`,
  );
  if (failed?.violation !== undefined) {
    console.log(`violation of ${failed.violation.invariant}: ${failed.violation.what}`);
    console.log(`profile: ${JSON.stringify(failed.simCase.profile)}`);
    console.log(`repeat it with: npm run sim -- --seed=${failed.simCase.seed} --trace`);
  }
  console.log(`${summary.passed} passed, ${summary.failed} failed`);
}
process.exitCode = failed === undefined ? 0 : 1;
