// Proves who may open a data directory: one process at a time, and only the node, cluster and
// members that it belongs to; and that only a new cluster's directory begins with a vote that
// counts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { lineOf, sealed } from "./log-document.js";
import { directoryIsEmpty, initializeDirectory } from "./new-directory.js";
import { StorageRefused } from "./storage-damage.js";
import {
  append,
  chain,
  drive,
  openSound,
  optionsFor,
  range,
  temporaryDirectory,
} from "./store.testing.js";

function refusedWith(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StorageRefused, `${error}`);
    assert.match(error.message, pattern);
    return true;
  };
}

/** The moment a process started, as the lock notes it. */
function startOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
}

test("a directory is open once, and free again after close", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const storage = await openSound(options);
  await assert.rejects(openSound(options), refusedWith(/in use by this process already/));
  await storage.close();
  assert.deepEqual(
    readdirSync(options.dir).filter((name) => name.startsWith("lock")),
    [],
  );
  await (await openSound(options)).close();
});

test("another process that lives is named; a dead or replaced one is not waited for", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const lock = join(options.dir, "lock");
  const other = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
  const { pid = 0 } = other;
  await new Promise((done) => other.once("spawn", done));

  writeFileSync(lock, JSON.stringify({ pid, started: startOf(pid) }));
  await assert.rejects(openSound(options), refusedWith(new RegExp(`in use by process ${pid}\\.`)));
  assert.ok(existsSync(lock));

  // The same pid, started at another moment: the holder is gone and its number was given again.
  writeFileSync(lock, JSON.stringify({ pid, started: "1" }));
  await (await openSound(options)).close();

  writeFileSync(lock, JSON.stringify({ pid, started: startOf(pid) }));
  other.kill("SIGKILL");
  await new Promise((done) => other.once("exit", done));
  await (await openSound(options)).close();

  writeFileSync(lock, "");
  await (await openSound(options)).close();
});

test("of many that race for a stale lock, one gets it", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  writeFileSync(join(options.dir, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1" }));
  const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => openSound(options)));
  const opened = attempts.filter((attempt) => attempt.status === "fulfilled");
  assert.equal(opened.length, 1);
  for (const attempt of attempts) {
    if (attempt.status === "rejected") refusedWith(/in use by|at once/)(attempt.reason);
  }
  for (const attempt of opened) await attempt.value.close();
});

for (const [what, changes, pattern] of [
  ["cluster", { clusterId: "other" }, /belongs to cluster "test", not to "other"/],
  ["node", { nodeId: "node9" }, /belongs to node "node1", not to "node9"/],
  ["membership", { membershipHash: "xyz" }, /was written under another list of members/],
] as const) {
  test(`the directory of another ${what} is refused and not touched`, async (t) => {
    const options = optionsFor(temporaryDirectory(t));
    const { storage, put } = await drive(options);
    await put(append(chain(range(1, 0, 3))));
    await storage.close();
    writeFileSync(join(options.dir, "left.tmp"), "unfinished");
    const content = () =>
      readdirSync(options.dir).map((name) => [name, readFileSync(join(options.dir, name), "utf8")]);
    const before = content();
    await assert.rejects(openSound({ ...options, ...changes }), refusedWith(pattern));
    assert.deepEqual(content(), before);
  });
}

test("a format of the future is refused", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  await (await openSound(options)).close();
  const [name = ""] = readdirSync(options.dir);
  const path = join(options.dir, name);
  const fields: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
  const { crc: _, ...rest } = fields;
  writeFileSync(path, lineOf(sealed({ _id: "~segment", ...rest, format: 99 })));
  await assert.rejects(openSound(options), refusedWith(/has format 99, and this program reads/));
});

test("initializing makes a vote count from the start, once", async (t) => {
  const options = optionsFor(join(temporaryDirectory(t), "data", "node1"));
  const { dir, clusterId, nodeId, membershipHash } = options;
  const identity = { dir, clusterId, nodeId, membershipHash };
  assert.equal(await directoryIsEmpty(dir), true);
  await initializeDirectory(identity);
  assert.equal(await directoryIsEmpty(dir), false);
  const storage = await openSound(options);
  assert.equal(storage.recovered.initialized, true);
  await storage.close();
  await assert.rejects(initializeDirectory(identity), refusedWith(/is not empty/));
});

test("only an empty directory is initialized", async (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, "node1"));
  assert.equal(await directoryIsEmpty(join(dir, "node1")), true);
  writeFileSync(join(dir, "node1", "something"), "");
  assert.equal(await directoryIsEmpty(join(dir, "node1")), false);
  const identity = { clusterId: "test", nodeId: "node1", membershipHash: "abc" };
  await assert.rejects(
    initializeDirectory({ dir: join(dir, "node1"), ...identity }),
    refusedWith(/is not empty/),
  );
});
