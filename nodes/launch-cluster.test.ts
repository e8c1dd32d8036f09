// Proves on real ports, files and processes that a cluster begins anew only where nothing is left,
// that nothing in use is deleted or started twice, and that processes are watched and stopped.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { ClusterConfig } from "../config/cluster-config.js";
import { patternConfig } from "../config/pattern-config.js";
import { readConfig } from "../config/read-config.js";
import { startCluster } from "./launch-cluster.js";
import { prepareData, writeEffectiveConfig } from "./launch-data.js";
import { livePid, removePidFile, writePidFile } from "./launch-pid-file.js";
import { planLaunch } from "./launch-plan.js";
import { portProblems } from "./launch-ports.js";
import { lockDirectory } from "./store/directory-lock.js";
import { directoryIsEmpty } from "./store/new-directory.js";
import { StorageRefused } from "./store/storage-damage.js";

/** A process that lives until it is told to end, or dies at once if its id says so. */
const PROGRAM = `
  let signals = 0;
  const id = process.argv[process.argv.indexOf("--id") + 1];
  console.log(JSON.stringify({ node: id, level: "info", msg: "quiet", zxid: "0.0" }));
  if (id === "node2") { console.log("going down"); process.exit(7); }
  process.on("SIGTERM", () => {
    signals += 1;
    // Whoever is told twice says so.
    setTimeout(() => {
      if (signals > 1) console.log("told to end " + signals + " times");
      process.exit(0);
    }, 50);
  });
  console.log("up " + id);
  setInterval(() => {}, 1000);
`;

function scratch(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "zabble-launch-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function planIn(dataDir: string, nodeCount = 3, change: Partial<ClusterConfig> = {}) {
  const program = join(dataDir, "program.mjs");
  const { gateway: _none, ...pattern } = patternConfig(nodeCount);
  return planLaunch({ ...pattern, ...change, dataDir }, { node: program, gateway: program });
}

test("a cluster of which nothing is there begins anew, and only then", async (t) => {
  const plan = planIn(scratch(t));
  assert.deepEqual(await prepareData(plan, false), { ok: true, isNew: true, blank: [] });
  for (const { dir } of plan.nodes) assert.equal(await directoryIsEmpty(dir), false);
  assert.deepEqual(await prepareData(plan, false), { ok: true, isNew: false, blank: [] });
});

test("a node without data among a quorum with data starts blank", async (t) => {
  const plan = planIn(scratch(t));
  await prepareData(plan, false);
  const dir = plan.nodes[1]?.dir ?? "";
  rmSync(dir, { recursive: true });
  assert.deepEqual(await prepareData(plan, false), { ok: true, isNew: false, blank: ["node2"] });
  assert.equal(await directoryIsEmpty(dir), true);
});

test("without a quorum that has data nothing is started", async (t) => {
  const plan = planIn(scratch(t));
  await prepareData(plan, false);
  for (const { dir } of plan.nodes.slice(1)) rmSync(dir, { recursive: true });
  const prepared = await prepareData(plan, false);
  assert.ok(!prepared.ok);
  assert.match(
    prepared.problem,
    /Only 1 of 3 nodes .* have their data.*bring back the directories of node2, node3\./s,
  );
});

test("data of another membership is refused, until --fresh deletes it", async (t) => {
  const dataDir = scratch(t);
  const five = planIn(dataDir, 5);
  await prepareData(five, false);
  writeEffectiveConfig(five);
  assert.equal((await prepareData(five, false)).ok, true);
  const three = planIn(dataDir, 3);
  const prepared = await prepareData(three, false);
  assert.ok(!prepared.ok);
  assert.match(prepared.problem, /is of a cluster of 5 nodes with quorum 3, and this one is of 3/);
  assert.deepEqual(await prepareData(three, true), { ok: true, isNew: true, blank: [] });
  assert.ok(existsSync(join(dataDir, "node4")), "nodes outside the cluster keep their data");
});

test("--fresh deletes nothing while one of the nodes is running", async (t) => {
  const plan = planIn(scratch(t));
  await prepareData(plan, false);
  const lock = await lockDirectory(plan.nodes[2]?.dir ?? "");
  await assert.rejects(prepareData(plan, true), StorageRefused);
  await lock.release();
  assert.deepEqual(await prepareData(plan, false), { ok: true, isNew: false, blank: [] });
});

test("the settings that are written are those that the nodes will read", (t) => {
  const plan = planIn(scratch(t), 4, { tickMs: 33 });
  writeEffectiveConfig(plan);
  const read = readConfig(plan.configFile);
  assert.ok(read.ok);
  assert.deepEqual(read.config, plan.config);
});

test("a port in use is named with its node and the process that probably has it", async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  const node = { id: "node1", host: "127.0.0.1", clientPort: 0, peerPort: port };
  const plan = planIn(scratch(t), 1, { nodes: [node] });
  const [problem = "", ...others] = await portProblems(plan);
  assert.deepEqual(others, []);
  assert.match(
    problem,
    new RegExp(`^Port ${port} of 127.0.0.1, the peer port of node1, is in use.`),
  );
  assert.match(problem, /Another program has it/);

  const pidFile = plan.nodes[0]?.pidFile ?? "";
  writePidFile(pidFile, process.pid);
  assert.match(
    (await portProblems(plan))[0] ?? "",
    new RegExp(`already, as process ${process.pid}`),
  );
});

test("a host of another machine is not started here", async (t) => {
  // The address is from a range that is kept for documents.
  const node = { id: "node1", host: "192.0.2.1", clientPort: 7101, peerPort: 7201 };
  const problems = await portProblems(planIn(scratch(t), 1, { nodes: [node] }));
  assert.match(problems[0] ?? "", /is not an address of this machine/);
});

test("a pid file is believed while its process lives; only that process removes it", (t) => {
  const file = join(scratch(t), "node1.pid");
  assert.equal(livePid(file), undefined);
  writePidFile(file, process.pid);
  assert.equal(livePid(file), process.pid);
  removePidFile(file, process.pid + 1);
  assert.ok(existsSync(file));
  removePidFile(file, process.pid);
  assert.ok(!existsSync(file));
});

/** Starts real processes, one of which dies, and collects what is said about them. */
async function startCluster3(t: TestContext, restart: boolean) {
  const plan = planIn(scratch(t));
  await prepareData(plan, false);
  writeFileSync(join(plan.config.dataDir, "program.mjs"), PROGRAM);
  const said: string[] = [];
  const waiting = new Set<() => void>();
  const say = (text: string) => {
    said.push(text);
    for (const look of waiting) look();
  };
  const cluster = startCluster({ plan, restart, configHint: "", say });
  t.after(async () => {
    await cluster.stop();
  });
  const heard = (pattern: RegExp, times = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (said.filter((text) => pattern.test(text)).length < times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { plan, cluster, said, heard };
}

test("a node that dies is reported, the others run on and stop when told", async (t) => {
  const { plan, cluster, said, heard } = await startCluster3(t, false);
  await heard(/^node2 ended \(exit code 7\).* 2 of 3 nodes run, .*npx zabble node --id node2$/);
  await heard(/^node1 {2}up node1$/);
  await heard(/^node3 {2}up node3$/);
  assert.ok(
    said.indexOf("node2  going down") < said.findIndex((text) => /^node2 ended/.test(text)),
  );
  assert.ok(!said.some((text) => text.includes("quiet")), "information stays in the file");
  assert.match(readFileSync(plan.nodes[0]?.logFile ?? "", "utf8"), /"quiet"/);
  const pids = cluster.pids();
  assert.deepEqual([...pids.keys()], ["node1", "node3"]);
  assert.equal(livePid(plan.nodes[0]?.pidFile ?? ""), pids.get("node1"));
  assert.equal(await cluster.stop(), true);
  assert.ok(!plan.nodes.some(({ pidFile }) => existsSync(pidFile)));
  assert.equal(cluster.pids().size, 0);
});

test("with --restart a node that dies is started again, later each time", async (t) => {
  const { cluster, said, heard } = await startCluster3(t, true);
  await heard(/^node2 ended .* started again in/, 2);
  const delays = said.flatMap((text) => /started again in (\d+) ms/.exec(text)?.[1] ?? []);
  assert.deepEqual(delays, ["500", "1000"]);
  assert.equal(await cluster.stop(), true);
});

test("the gateway goes with the nodes, and its death is told as what it is", async (t) => {
  const gateway = { host: "127.0.0.1", port: 9 };
  const plan = planIn(scratch(t), 1, { gateway });
  writeFileSync(plan.nodes[0]?.args[0] ?? "", PROGRAM);
  await prepareData(plan, false);
  const said: string[] = [];
  const heard = new Promise<void>((resolve) => {
    const say = (text: string): void => {
      said.push(text);
      if (said.some((line) => line.includes("The gateway ended"))) resolve();
    };
    const cluster = startCluster({ plan, restart: false, configHint: "", say });
    t.after(() => cluster.stop());
    assert.deepEqual([...cluster.pids().keys()], ["node1", "gateway"]);
    process.kill(cluster.pids().get("gateway") ?? 0, "SIGKILL");
  });
  await heard;
  const text = said.find((line) => line.includes("The gateway ended"));
  assert.equal(
    text,
    "The gateway ended (SIGKILL); the nodes go on. Start it again: npx zabble gateway",
  );
});

test("a gateway with no node behind it is told to end, once", async (t) => {
  const gateway = { host: "127.0.0.1", port: 9 };
  const plan = planIn(scratch(t), 1, { gateway });
  writeFileSync(plan.nodes[0]?.args[0] ?? "", PROGRAM);
  await prepareData(plan, false);
  const said: string[] = [];
  const told = new Map<string, () => void>();
  const isUp = ["node1", "gateway"].map(
    (id) => new Promise<void>((resolve) => told.set(`${id}  up`, resolve)),
  );
  const say = (text: string): void => {
    said.push(text);
    for (const [words, resolve] of told) if (text.startsWith(words)) resolve();
  };
  const cluster = startCluster({ plan, restart: false, configHint: "", say });
  await Promise.all(isUp);
  process.kill(cluster.pids().get("node1") ?? 0, "SIGKILL");
  await cluster.over;
  assert.equal(cluster.pids().size, 0);
  // A second signal would end it before it has sent its streams elsewhere.
  assert.ok(!said.some((text) => text.includes("told to end")), said.join("\n"));
});
