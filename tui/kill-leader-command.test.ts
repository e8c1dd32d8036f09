/**
 * Proves that `zabble kill-leader` kills the leader's process and no other, and says who leads
 * next, or that nobody does. The victims are real processes; the nodes that answer are in memory.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { connectionRefused } from "../client/scripted-server.testing.js";
import { systemClock } from "../client/system-clock.js";
import { ClusterService, type NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { finishRun, type RunSetting } from "./command-run.testing.js";

type Status = MessageInitShape<typeof NodeStatusSchema>;

const NODE1 = "http://127.0.0.1:7101";
const NODE2 = "http://127.0.0.1:7102";

function node(status: () => Status): Transport {
  return createRouterTransport(({ service }) => {
    service(ClusterService, {
      getStatus() {
        return { status: status() };
      },
    });
  });
}

function leads(nodeId: string, epoch: number): Status {
  return { nodeId, leaderId: nodeId, role: Role.LEADING, phase: Phase.BROADCAST, epoch };
}

function follows(nodeId: string, leaderId: string, epoch: number): Status {
  return { nodeId, leaderId, role: Role.FOLLOWING, phase: Phase.BROADCAST, epoch };
}

/** A process that waits to be killed, started as a node is. */
async function startVictim(
  t: TestContext,
  nodeId: string,
): Promise<ChildProcess & { pid: number }> {
  const args = ["-e", "setInterval(() => {}, 1000)", "--", "--id", nodeId];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  const { pid } = child;
  assert.ok(pid !== undefined);
  return Object.assign(child, { pid });
}

/** A data directory and the cluster file that names it. */
function cluster(t: TestContext): { dataDir: string; configFile: string } {
  const dataDir = mkdtempSync(join(tmpdir(), "zabble-kill-"));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const nodes = [1, 2].map(
    (n) => `  - {id: node${n}, host: 127.0.0.1, clientPort: 710${n}, peerPort: 720${n}}\n`,
  );
  const configFile = join(dataDir, "cluster.yaml");
  writeFileSync(configFile, `dataDir: .\nnodes:\n${nodes.join("")}`);
  return { dataDir, configFile };
}

/** Node 1 leads until the victim is dead; then node 2 leads the next epoch. */
function failover(victim: ChildProcess): RunSetting["servers"] {
  const alive = (): boolean => victim.exitCode === null && victim.signalCode === null;
  return {
    [NODE1]: node(() => {
      if (!alive()) throw connectionRefused();
      return leads("node1", 3);
    }),
    [NODE2]: node(() => (alive() ? follows("node2", "node1", 3) : leads("node2", 4))),
  };
}

test("it kills the leader and says who leads next", async (t) => {
  const { dataDir, configFile } = cluster(t);
  for (const json of [false, true]) {
    const victim = await startVictim(t, "node1");
    writeFileSync(join(dataDir, "node1.pid"), `${victim.pid}\n`);
    const died = once(victim, "exit");
    const setting = { configFile, clock: systemClock, servers: failover(victim) ?? {} };
    const run = await finishRun(["kill-leader", ...(json ? ["--json"] : [])], setting);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(await died, [null, "SIGKILL"]);
    if (json) {
      const { tookMs, ...said } = JSON.parse(run.stdout);
      assert.ok(Number.isInteger(tookMs) && tookMs >= 0 && tookMs < 10_000);
      const killed = { node: "node1", pid: victim.pid, epoch: 3 };
      assert.deepEqual(said, { outcome: "ok", killed, leader: { node: "node2", epoch: 4 } });
    } else {
      const words = new RegExp(
        `^killed node1 \\(pid ${victim.pid}\\), leader of epoch 3\n` +
          "node2 leads epoch 4, \\d+ ms later\n$",
      );
      assert.match(run.stdout, words);
    }
  }
});

test("it ends with 3 when nobody leads in time", async (t) => {
  const { dataDir, configFile } = cluster(t);
  const victim = await startVictim(t, "node1");
  writeFileSync(join(dataDir, "node1.pid"), `${victim.pid}\n`);
  const servers = {
    [NODE1]: node(() => leads("node1", 3)),
    [NODE2]: node(() => follows("node2", "node1", 3)),
  };
  const run = await finishRun(["kill-leader"], { configFile, servers });
  assert.equal(run.exitCode, 3);
  assert.match(run.stderr, /^Nobody leads after 100\d\d ms\.\n$/);
});

test("it kills nothing that is not the leader's process", async (t) => {
  const { dataDir, configFile } = cluster(t);
  const servers = { [NODE1]: node(() => leads("node1", 3)) };
  const stranger = await startVictim(t, "node10");
  const gone = await startVictim(t, "node1");
  gone.kill("SIGKILL");
  await once(gone, "exit");
  for (const [pidFile, words] of [
    [undefined, /There is no .+node1\.pid/],
    ["12 monkeys", /holds no pid/],
    [String(gone.pid), /which does not run/],
    [String(stranger.pid), /which is not node1: /],
  ] as const) {
    if (pidFile !== undefined) writeFileSync(join(dataDir, "node1.pid"), pidFile);
    const run = await finishRun(["kill-leader"], { configFile, servers });
    assert.equal(run.exitCode, 3);
    assert.match(run.stderr, /^node1 leads, and was not killed\. /);
    assert.match(run.stderr, words);
  }
  assert.equal(stranger.exitCode, null);
  assert.equal(stranger.signalCode, null);
});

test("it ends with 3 when nobody leads at all", async (t) => {
  const { configFile } = cluster(t);
  const run = await finishRun(["kill-leader", "--json"], { configFile });
  assert.equal(run.exitCode, 3);
  assert.equal(JSON.parse(run.stdout).outcome, "unavailable");
});
