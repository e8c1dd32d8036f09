/**
 * The zoo's second weapon, for bugs where the simulator cannot see: tests of the checkout, run on a
 * copy of it that has the mutant in it.
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../sim/worker-bundle.js";
import type { Hunt } from "./hunt.js";
import { type Edit, patch } from "./mutant.js";

/** All that nodes/ and its tests need. */
const COPIED = ["api", "config", "game", "gen", "nodes", "test", "package.json", "tsconfig.json"];
const LIMIT_MS = 120_000;
/** A broken store may wait for ever for what it has lost. */
const TEST_LIMIT_MS = 60_000;

/** What stands for the invariant's name where a test killed. */
export const BY_TESTS = "Test";

/**
 * Runs the test files; a kill names the first test that failed. Rejects with StaleMutant if an edit
 * does not fit. Nothing is left behind.
 */
export async function huntWithTests(
  edits: readonly Edit[],
  tests: readonly string[],
): Promise<Hunt> {
  const startedAtMs = performance.now();
  const copy = await mkdtemp(join(tmpdir(), "zabble-zoo-"));
  try {
    for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = await readFile(join(copy, file), "utf8");
      const own = edits.filter((edit) => edit.file === file);
      await writeFile(join(copy, file), patch(file, text, own));
    }
    const { passed, output } = await runTests(copy, tests);
    const seconds = (performance.now() - startedAtMs) / 1000;
    const what = /^ *not ok \d+ - (.*)$/m.exec(output)?.[1] ?? output.slice(-500);
    const kill = passed ? undefined : { seed: 0, invariant: BY_TESTS, what };
    return { kill, seeds: 0, seconds };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function runTests(
  cwd: string,
  tests: readonly string[],
): Promise<{ readonly passed: boolean; readonly output: string }> {
  const env = { ...process.env };
  // A runner inside a runner would report to the outer one and print nothing.
  delete env.NODE_TEST_CONTEXT;
  const limit = `--test-timeout=${TEST_LIMIT_MS}`;
  const args = ["--import", "tsx", "--test", "--test-reporter=tap", limit, ...tests];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, timeout: LIMIT_MS });
    let output = "";
    const collect = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ passed: code === 0, output }));
  });
}
