/**
 * Test support: how often a fuzz test runs, and how its failure is repeated. Two variables of the
 * environment, for runs by hand:
 *
 *   FUZZ_RUNS_FACTOR=50   that many times as many runs, of every fuzz test
 *   FUZZ_SEED=123         the runs of that seed again; a failure prints the whole command
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function numberIn(name: string): number | undefined {
  const text = process.env[name] ?? "";
  if (text === "") return undefined;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new Error(`${name} is a number, not ${text}`);
}

/** The runs of one test, at least one; `runs` are those of every day. */
export function fuzzRuns(runs: number): number {
  return Math.max(1, Math.round(runs * (numberIn("FUZZ_RUNS_FACTOR") ?? 1)));
}

/** For fc.assert: `file` is the test's import.meta.url. */
export function fuzzed<Ts>(file: string, runs: number): fc.Parameters<Ts> {
  const seed = numberIn("FUZZ_SEED");
  return {
    numRuns: fuzzRuns(runs),
    includeErrorInReport: true,
    ...(seed === undefined ? {} : { seed }),
    reporter(run) {
      if (!run.failed) return;
      const path = relative(ROOT, fileURLToPath(file));
      const command = `FUZZ_SEED=${run.seed} node --import tsx --test ${path}`;
      const more = run.numRuns > runs ? `FUZZ_RUNS_FACTOR=${Math.ceil(run.numRuns / runs)} ` : "";
      const words = `${fc.defaultReportMessage(run)}\n\nIt is repeated by: ${more}${command}\n`;
      throw new Error(words, { cause: run.errorInstance });
    },
  };
}
