// Proves the commands as people and scripts use them, on a cluster that `zabble up` started from a
// cluster file: what they print, their exit codes, and that ending `up` leaves nothing behind.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { ClusterConfig } from "../../config/cluster-config.js";
import { formatConfig } from "../../config/format-config.js";
import { livePid } from "../../nodes/launch-pid-file.js";
import { testConfig } from "./cluster-config.testing.js";
import { eventually } from "./eventually.testing.js";
import { isFree } from "./free-ports.testing.js";
import { goesWithUs } from "./leftovers.testing.js";
import { type Program, runZabble, startZabble } from "./program.testing.js";

const LIMIT = { timeout: 60_000 };
const READY = /Zabble is ready after \d+ ms: 3 nodes, quorum 2, (node\d) \(★\) leads epoch (\d+)\./;

interface Up {
  readonly config: ClusterConfig;
  /** The cluster file, as option words. */
  readonly file: readonly string[];
  readonly up: Program;
  start(): Program;
}

/** Starts three nodes on free ports and waits until they are ready. */
async function startUp(t: TestContext): Promise<Up> {
  const dir = mkdtempSync(join(tmpdir(), "zabble-cli-"));
  goesWithUs(dir);
  const nodes = await testConfig(3, join(dir, "data"));
  const port = 1 + Math.max(...nodes.nodes.map(({ peerPort }) => peerPort));
  const config = { ...nodes, gateway: { host: "127.0.0.1", port } };
  const configFile = join(dir, "three.yaml");
  writeFileSync(configFile, formatConfig(config, "Three nodes for a test."));
  const file = ["--config", configFile];
  const started: Program[] = [];
  const start = (): Program => {
    const program = startZabble("up", ...file);
    started.push(program);
    return program;
  };
  t.after(async () => {
    for (const program of started) {
      program.signal("SIGTERM");
      await program.ended;
    }
    rmSync(dir, { recursive: true, force: true });
  });
  const up = start();
  await up.printed(READY);
  return { config, file, up, start };
}

/** Runs a command with --json; checks the exit code and returns what it printed. */
async function json(code: number, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const run = await runZabble(...args, "--json");
  assert.equal(run.code, code, `${args.join(" ")}: ${run.stdout}${run.stderr}`);
  const value: Record<string, unknown> = JSON.parse(run.stdout);
  return value;
}

async function checkAllGone(config: ClusterConfig, pids: readonly number[]): Promise<void> {
  for (const { id, clientPort, peerPort } of config.nodes) {
    assert.ok(await isFree(clientPort), `the client port of ${id} is free`);
    assert.ok(await isFree(peerPort), `the peer port of ${id} is free`);
    assert.equal(livePid(join(config.dataDir, `${id}.pid`)), undefined);
  }
  assert.ok(await isFree(config.gateway?.port ?? 0), "the gateway's port is free");
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/, `process ${pid}`);
}

/** Of the nodes and the gateway. */
function pidsOf({ dataDir, nodes }: ClusterConfig): number[] {
  const ids = [...nodes.map(({ id }) => id), "gateway"];
  const pids = ids.map((id) => livePid(join(dataDir, `${id}.pid`)));
  return pids.filter((pid) => pid !== undefined);
}

test("play, look, kill the leader and bring it back", LIMIT, async (t) => {
  const { config, file, up } = await startUp(t);
  const write = await json(0, "write", "50", "--player", "dan", ...file);
  assert.deepEqual([write.outcome, write.round, write.value], ["committed", 1, 50]);
  assert.match(String(write.zxid), /^\d+\.\d+$/);
  const guess = await runZabble("guess", "45", "--player", "alice", "--node", "node1", ...file);
  assert.equal(guess.code, 0, guess.stderr);
  assert.match(guess.stdout, /^committed \d+\.\d+: round 1, your guess 45\n$/);

  const gateway = ["--server", `http://127.0.0.1:${config.gateway?.port}`];
  const through = await json(0, "guess", "46", "--player", "eve", ...gateway);
  assert.equal(through.outcome, "committed", "the gateway that up started passes it on");

  const refused = await runZabble("guess", "5", "--room", "cellar", ...file);
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^refused: .*cellar/);
  const said = await json(1, "close", "--room", "cellar", ...file);
  assert.deepEqual([said.outcome, said.code], ["refused", "failed_precondition"]);
  for (const args of [["guess", "101"], ["guess"], ["write", "2.5"], ["wirte", "5"]]) {
    assert.equal((await runZabble(...args, ...file)).code, 2, args.join(" "));
  }
  const nobody = await runZabble("read", "--server", "http://127.0.0.1:1", "--timeout", "300");
  assert.equal(nobody.code, 3, nobody.stderr);

  const read = await json(0, "read", ...file);
  assert.match(JSON.stringify(read), /"target":50\b.*"player":"alice","value":45\b/);
  const watch = startZabble("watch", ...file);
  await watch.printed(/alice/);
  const before = await json(0, "status", ...file);
  const killed = await json(0, "kill-leader", ...file);
  assert.equal(killed.outcome, "ok");
  const dead = String(before.leader);
  assert.match(JSON.stringify(killed), new RegExp(`"killed":{"node":"${dead}","pid":\\d+,`));
  await up.printed(new RegExp(`${dead} ended \\(SIGKILL\\); 2 of 3 nodes run`));
  const down = await runZabble("status", ...file);
  assert.equal(down.code, 0);
  assert.match(down.stdout, new RegExp(`^${dead} +down`, "m"));
  assert.match(down.stdout, /; 2 of 3 nodes up, quorum 2\n$/);

  const node = startZabble("node", "--id", dead, ...file);
  t.after(async () => {
    node.signal("SIGTERM");
    await node.ended;
  });
  await eventually("the killed node to follow", async () => {
    const { nodes } = await json(0, "status", ...file);
    const again = Array.isArray(nodes) ? nodes.find((one) => one.node === dead) : undefined;
    return again?.up === true && again.role === "follower" ? again : undefined;
  });
  assert.equal((await runZabble("guess", "55", "--player", "bob", ...file)).code, 0);
  await watch.printed(/bob guessed 55/);
  watch.signal("SIGINT");
  assert.equal(await watch.ended, 0);
  node.signal("SIGTERM");
  assert.equal(await node.ended, 0);
  const log = await runZabble("log", "--id", dead, "--data-dir", config.dataDir);
  assert.equal(log.code, 0, log.stderr);
  assert.match(log.stdout, /dan set the target of round 1 to 50\n.*alice guessed 45\n/);
  const noLog = await runZabble("log", "--id", "node9", "--data-dir", config.dataDir);
  assert.equal(noLog.code, 2);
});

test("Ctrl-C and SIGTERM on up stop everything, and it starts again", LIMIT, async (t) => {
  const { config, file, up, start } = await startUp(t);
  assert.equal((await runZabble("write", "50", ...file)).code, 0);
  const pids = pidsOf(config);
  assert.equal(pids.length, 4);
  const second = start();
  assert.equal(await second.ended, 3, "the ports are taken");
  assert.match(second.stderr(), /Port \d+ .* is in use\. node1 seems to run already, as process/);

  up.signal("SIGINT");
  assert.equal(await up.ended, 0, up.stderr());
  await checkAllGone(config, pids);
  const again = start();
  await again.printed(READY);
  const read = await json(0, "read", ...file);
  assert.match(JSON.stringify(read), /"target":50\b/, "what was written is there again");
  const newPids = pidsOf(config);
  again.signal("SIGTERM");
  assert.equal(await again.ended, 0, again.stderr());
  await checkAllGone(config, newPids);
});
