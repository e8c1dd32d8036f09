// Proves the columns of a log line, that lower levels cost nothing, that a line is out before the
// process ends, and that a rate limit lets one line through in its time.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { createLogger, createRateLimit, type LogLevel } from "./logger.js";

function capture(level: LogLevel = "info") {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const position = () => ({ epoch: 3, zxid: (3n << 32n) | 42n });
  return { lines, logger: createLogger({ nodeId: "node1", level, destination, position }) };
}

test("a line begins with node, epoch and zxid, then time, level, message, fields", () => {
  const { lines, logger } = capture();
  logger.warn("the disk is slow", { syncMs: 812, peer: "node2" });
  assert.equal(lines.length, 1);
  const line = lines[0] ?? "";
  assert.match(line, /^\{"node":"node1","epoch":3,"zxid":"3\.42","time":\d+,"level":"warn",/);
  assert.ok(line.endsWith('"msg":"the disk is slow","syncMs":812,"peer":"node2"}\n'), line);
});

test("a bigint is printed as a zxid, an error with its message and stack", () => {
  const { lines, logger } = capture();
  logger.error("gone", { upTo: (2n << 32n) | 7n, err: new Error("broken pipe") });
  const line: unknown = JSON.parse(lines[0] ?? "");
  assert.ok(typeof line === "object" && line !== null && "err" in line && "upTo" in line);
  assert.equal(line.upTo, "2.7");
  assert.ok(typeof line.err === "object" && line.err !== null);
  assert.ok("message" in line.err && "stack" in line.err);
  assert.equal(line.err.message, "broken pipe");
});

test("lines below the level are not written", () => {
  const { lines, logger } = capture("warn");
  logger.info("no");
  logger.trace("no");
  logger.warn("yes");
  assert.equal(lines.length, 1);
  assert.equal(logger.isEnabled("info"), false);
  assert.equal(logger.isEnabled("error"), true);
});

test("a process that ends in the next statement has said everything", () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL("./logger.ts", import.meta.url).href)};
    const logger = createLogger({ nodeId: "node1", level: "info" });
    for (let i = 0; i < 2000; i++) logger.info("line " + i);
    process.kill(process.pid, "SIGKILL");`;
  const run = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", program],
    { encoding: "utf8" },
  );
  assert.equal(run.signal, "SIGKILL", run.stderr);
  assert.equal(run.stdout.trimEnd().split("\n").length, 2000);
});

test("a rate limit lets one line a key through in its time", () => {
  let now = 5;
  const rateLimited = createRateLimit(() => now);
  assert.equal(rateLimited("slow", 60_000), false);
  assert.equal(rateLimited("slow", 60_000), true);
  assert.equal(rateLimited("full", 60_000), false);
  now += 59_999;
  assert.equal(rateLimited("slow", 60_000), true);
  now += 1;
  assert.equal(rateLimited("slow", 60_000), false);
  assert.equal(rateLimited("slow", 60_000), true);
});
