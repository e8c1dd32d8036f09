/**
 * Runs what proves the checkout, stage by stage, and says what it ran, how long it took, what it
 * skipped and why. It holds no tests of its own. A stage that fails does not stop the others.
 *
 *   node test/run.mjs                 every stage
 *   node test/run.mjs unit house      these stages
 *   node test/run.mjs --verbose unit  with everything that they print
 *
 * Ends with 1 if anything failed. With CI=true a missing program is a failure, no reason to skip.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CI = process.env.CI === "true";

/** The tests share two cores with the processes that they start. */
const CONCURRENCY = 2;

/** No single test, nor a file of them, may take longer; one that hangs is named in the report. */
const TEST_LIMIT_MS = 100_000;

/** A simulated run is cheap; as many of these as fit into the time are run. */
const SIM_SEEDS = 3000;
const SIM_ARGS = [`--seeds=${SIM_SEEDS}`, "--seconds=60"];

const PRODUCT = ["game", "api", "nodes", "client", "gateway", "tui", "web", "config", "bench"];

/** Commands of one stage, and how long all of them may take. */
const STAGES = [
  {
    name: "types",
    limitMs: 120_000,
    commands: () => [["tsc"], ["tsc", "--project", "web"], ["tsc", "--project", "test/browser"]],
  },
  {
    name: "lint",
    limitMs: 120_000,
    commands: () => [
      ["biome", "ci", "--error-on-warnings", "--colors=off"],
      ["eslint", "--max-warnings=0", "."],
    ],
  },
  {
    name: "proto",
    limitMs: 60_000,
    commands: () => [
      ["buf", "lint"],
      ["buf", "format", "--diff", "--exit-code"],
    ],
  },
  { name: "unused", limitMs: 60_000, commands: () => [["knip", "--no-progress"]] },
  { name: "house", limitMs: 60_000, tests: () => ["test/house.test.ts"] },
  {
    name: "unit",
    limitMs: 420_000,
    tests: () => [
      ...PRODUCT.flatMap((folder) => testsIn(folder)),
      ...testsIn("test", false).filter((file) => file !== "test/house.test.ts"),
      ...testsIn("test/history"),
      ...testsIn("test/sim"),
    ],
  },
  {
    name: "sim",
    limitMs: 240_000,
    commands: () =>
      existsSync(join(ROOT, "test/sim/sim.ts"))
        ? [["node", "--import", "tsx", "test/sim/sim.ts", ...SIM_ARGS]]
        : [],
  },
  {
    name: "zoo",
    limitMs: 240_000,
    // It has two threads of its own.
    concurrency: 1,
    tests: () => testsIn("test/zoo"),
  },
  {
    name: "cluster",
    limitMs: 420_000,
    // Each of these files starts whole clusters; two at a time would measure each other.
    concurrency: 1,
    tests: () => testsIn("test/cluster"),
  },
  {
    name: "chaos",
    limitMs: 420_000,
    concurrency: 1,
    needs: ["bash", "setsid", "setpriv", "prlimit"],
    commands: () => [["node", "--import", "tsx", "test/chaos/chaos.ts", "--seconds=100"]],
    tests: () => testsIn("test/chaos"),
  },
  {
    name: "wire",
    limitMs: 120_000,
    concurrency: 1,
    tests: () => testsIn("test/wire"),
  },
  {
    name: "curl",
    limitMs: 120_000,
    concurrency: 1,
    needs: ["curl"],
    tests: () => testsIn("test/curl"),
  },
  {
    name: "screen",
    limitMs: 180_000,
    concurrency: 1,
    needs: ["tmux"],
    tests: () => testsIn("test/screen"),
  },
  {
    name: "browser",
    limitMs: 180_000,
    concurrency: 1,
    needs: ["chromium"],
    tests: () => testsIn("test/browser"),
  },
];

function testsIn(folder, recursive = true) {
  if (!existsSync(join(ROOT, folder))) return [];
  const files = readdirSync(join(ROOT, folder), { recursive, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => `${folder}/${file}`)
    .sort();
}

function isInstalled(program) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Runs one command to its end; resolves with its exit code and what it printed. */
function run([program, ...args], limitMs, verbose) {
  const command = program === "node" ? process.execPath : join(ROOT, "node_modules/.bin", program);
  const env = { ...process.env };
  // A runner inside a runner would report to the outer one and print nothing.
  delete env.NODE_TEST_CONTEXT;
  return new Promise((resolve) => {
    // In a process group of its own, so that a stage that hangs is ended with all it started.
    const child = spawn(command, args, { cwd: ROOT, env, detached: true });
    let output = "";
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch (error) {
        if (error.code !== "ESRCH") throw error;
      }
    };
    const interrupted = () => {
      end("SIGTERM");
      process.exit(130);
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    const timer = setTimeout(() => {
      output += `\nended: the stage took longer than it may\n`;
      end("SIGKILL");
    }, limitMs);
    const collect = (chunk) => {
      output += chunk;
      if (verbose) process.stdout.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (error) => collect(`${error.message}\n`));
    child.on("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      resolve({ ok: code === 0, output });
    });
  });
}

/** The totals at the end of node:test's report. */
function totals(output) {
  const count = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const failed = count("fail") + count("cancelled");
  return { passed: count("pass"), failed, skipped: count("skipped") + count("todo") };
}

/** node:test marks a skipped test with a small dash, its reason after a hash. */
function skippedTests(output) {
  const lines = output.split("\n").filter((line) => /^\s*﹣ /.test(line));
  return [...new Set(lines.map((line) => line.trim().replace(/ \([\d.]+ms\)/, "")))];
}

function commandsOf(stage) {
  const commands = stage.commands?.() ?? [];
  const files = stage.tests?.() ?? [];
  if (files.length === 0) return commands;
  const concurrency = `--test-concurrency=${stage.concurrency ?? CONCURRENCY}`;
  const limit = `--test-timeout=${TEST_LIMIT_MS}`;
  const runner = ["node", "--import", "tsx", "--test", "--test-reporter=spec", concurrency, limit];
  return [...commands, [...runner, ...files]];
}

/** Why a stage cannot run here, if it cannot. */
function obstacle(stage) {
  const missing = (stage.needs ?? []).filter((program) => !isInstalled(program));
  return missing.length === 0 ? undefined : `${missing.join(" and ")} not installed`;
}

async function runStage(stage, verbose) {
  const sum = { passed: 0, failed: 0, skipped: 0, skips: [] };
  const commands = commandsOf(stage);
  if (commands.length === 0) {
    console.log(`     ${stage.name}: there is nothing to run`);
    return sum;
  }
  const reason = obstacle(stage);
  if (reason !== undefined && !CI) {
    console.log(`skip ${stage.name}: ${reason}`);
    return { ...sum, skipped: 1, skips: [`${stage.name}: ${reason}`] };
  }
  if (reason !== undefined) {
    console.log(`FAIL ${stage.name}: ${reason}, and with CI=true nothing may be skipped`);
    return { ...sum, failed: 1 };
  }
  const begunAt = performance.now();
  for (const command of commands) {
    const leftMs = Math.max(1000, stage.limitMs - (performance.now() - begunAt));
    const { ok, output } = await run(command, leftMs, verbose);
    const counted = stage.tests ? totals(output) : { passed: ok ? 1 : 0, failed: 0, skipped: 0 };
    sum.passed += counted.passed;
    sum.skipped += counted.skipped;
    // A runner may end badly with no failed test to show for it; that is one failure all the same.
    sum.failed += ok ? counted.failed : Math.max(1, counted.failed);
    if (stage.tests)
      sum.skips.push(...skippedTests(output).map((line) => `${stage.name}: ${line}`));
    if (!ok && !verbose) console.log(output.trimEnd());
  }
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
  const counts = stage.tests ? `, ${sum.passed} passed, ${sum.failed} failed` : "";
  console.log(`${sum.failed > 0 ? "FAIL" : "ok  "} ${stage.name}: ${seconds} s${counts}`);
  return sum;
}

async function main() {
  const args = process.argv.slice(2);
  const verbose = args.includes("--verbose");
  const wanted = args.filter((arg) => arg !== "--verbose");
  const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const names = STAGES.map((stage) => stage.name).join(", ");
    console.error(`no stage is called ${unknown.join(", ")}; there are ${names}`);
    process.exitCode = 2;
    return;
  }
  const begunAt = performance.now();
  const sums = [];
  for (const stage of STAGES) {
    if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
    sums.push(await runStage(stage, verbose));
  }
  const total = (key) => sums.reduce((sum, one) => sum + one[key], 0);
  const skips = sums.flatMap((sum) => sum.skips);
  if (skips.length > 0) console.log(`\nskipped:\n${skips.map((line) => `  ${line}`).join("\n")}`);
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(1);
  console.log(`\n${seconds} s`);
  console.log(`${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
  if (total("failed") > 0) process.exitCode = 1;
}

await main();
