/**
 * Proves that `up`, `node` and `log` hand their options on, pass signals to the program that they
 * run, and end as it ended. The programs here are small scripts in place of the bundles.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { finishRun, startRun } from "./command-run.testing.js";

/** A directory of bundles, each of which runs this code; \`out\` is a file for it to write. */
function bundles(t: TestContext, code: string): { distDir: string; out: string } {
  const distDir = mkdtempSync(join(tmpdir(), "zabble-dist-"));
  t.after(() => rmSync(distDir, { recursive: true }));
  const out = join(distDir, "out.txt");
  const head = `const fs = require("node:fs"); const out = ${JSON.stringify(out)};\n`;
  writeFileSync(join(distDir, "package.json"), '{"type":"commonjs"}');
  for (const name of ["launch", "node", "log"]) {
    writeFileSync(join(distDir, `${name}.js`), head + code);
  }
  return { distDir, out };
}

test("the options arrive, and the exit code comes back", async (t) => {
  const code = "fs.writeFileSync(out, JSON.stringify(process.argv.slice(1))); process.exit(7);";
  const { distDir, out } = bundles(t, code);
  for (const [args, program, passed] of [
    [["up"], "launch.js", ["up"]],
    // Without a terminal there is nothing to play on.
    [["up", "--play"], "launch.js", ["up"]],
    [
      ["up", "--nodes", "3", "--config", "c", "--data-dir=d", "--fresh", "--restart"],
      "launch.js",
      ["up", "--nodes", "3", "--config", "c", "--data-dir", "d", "--fresh", "--restart"],
    ],
    [["node", "--id", "node2"], "node.js", ["--id", "node2"]],
    [
      ["log", "--id", "node2", "--data-dir", "d", "--verify", "--json", "--all"],
      "log.js",
      ["--id", "node2", "--data-dir", "d", "--verify", "--json", "--all"],
    ],
  ] as const) {
    const run = await finishRun(args, { distDir });
    assert.equal(run.exitCode, 7, run.stderr);
    assert.deepEqual(JSON.parse(readFileSync(out, "utf8")), [join(distDir, program), ...passed]);
  }
});

test("wrong options never reach the program", async (t) => {
  const { distDir, out } = bundles(t, "fs.writeFileSync(out, 'ran')");
  for (const args of [
    ["up", "--nodes", "0"],
    ["up", "--nodes", "2.5"],
    ["up", "--nodes", "101"],
    ["node"],
    ["log"],
    ["log", "--id", "node1", "--quickly"],
  ]) {
    assert.equal((await finishRun(args, { distDir })).exitCode, 2, args.join(" "));
  }
  assert.equal(existsSync(out), false);
});

test("what --play starts hangs on it, and says why it could not begin", async (t) => {
  const code = `
    fs.writeFileSync(out, JSON.stringify(process.argv.slice(2)));
    process.stderr.write("Port 7101 is in use.\\n");
    process.exitCode = 3;`;
  const { distDir, out } = bundles(t, code);
  const run = await finishRun(["up", "--play"], { distDir, terminal: true });
  assert.equal(run.exitCode, 3);
  assert.match(
    run.stderr,
    /Port 7101 is in use\.\nIf the cluster runs already, join it: npx zabble play/,
  );
  assert.deepEqual(JSON.parse(readFileSync(out, "utf8")), ["up", "--restart", "--attached"]);
});

test("an interrupt before the game has begun ends what --play started", async (t) => {
  const code = `
    console.log("waiting for a leader");
    process.stdin.on("close", () => fs.writeFileSync(out, "let go")).resume();`;
  const { distDir, out } = bundles(t, code);
  const run = startRun(["up", "--play"], { distDir, terminal: true });
  await run.printed(/waiting for a leader/);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 130);
  assert.equal(readFileSync(out, "utf8"), "let go");
  assert.equal(run.stderr(), "");
});

test("without the bundle it says how to get it", async () => {
  const run = await finishRun(["up"], { distDir: "/nowhere" });
  assert.equal(run.exitCode, 3);
  assert.match(run.stderr, /There is no \/nowhere\/launch\.js: build it first/);
});

test("a signal is passed on, and an end by a signal shows in the exit code", async (t) => {
  const code = `
    process.on("SIGTERM", () => process.exit(5));
    process.on("SIGINT", () => process.kill(process.pid, "SIGKILL"));
    setInterval(() => {}, 1000);
    fs.writeFileSync(out, "ready");
  `;
  for (const [signal, exitCode] of [
    ["SIGTERM", 5],
    ["SIGINT", 137],
  ] as const) {
    const { distDir, out } = bundles(t, code);
    const appeared = fileAppears(distDir, out);
    const run = startRun(["node", "--id", "node1"], { distDir });
    await appeared;
    run.signal(signal);
    assert.equal(await run.exitCode, exitCode);
  }
});

test("on a terminal Ctrl-C reaches the program by itself, and is not sent twice", async (t) => {
  const code = `
    process.on("SIGINT", () => process.exit(9));
    process.on("SIGTERM", () => process.exit(6));
    setInterval(() => {}, 1000);
    fs.writeFileSync(out, "ready");
  `;
  const { distDir, out } = bundles(t, code);
  const appeared = fileAppears(distDir, out);
  const run = startRun(["up"], { distDir, terminal: true });
  await appeared;
  // Pending signals arrive in the order of their numbers, so an interrupt sent on would come first.
  run.signal("SIGINT");
  run.signal("SIGTERM");
  assert.equal(await run.exitCode, 6);
});

function fileAppears(directory: string, file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory, () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });
}
