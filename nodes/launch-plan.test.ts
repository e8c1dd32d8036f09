// Proves what the launcher decides and says without starting anything: command lines and files of
// the nodes, who counts as an established leader, which log lines reach the terminal.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { clientUrl } from "../config/client-url.js";
import { patternConfig } from "../config/pattern-config.js";
import { NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { followLines, terminalLine } from "./launch-log.js";
import { planLaunch } from "./launch-plan.js";
import { establishedLeader } from "./launch-ready.js";
import { diedText, readyText, waitingText } from "./launch-text.js";

const plan = planLaunch(
  { ...patternConfig(3), dataDir: "/var/z" },
  { node: "/opt/node.js", gateway: "/opt/gateway.js" },
);

function status(nodeId: string, role: Role, phase: Phase, leaderId: string) {
  return create(NodeStatusSchema, { nodeId, role, phase, leaderId, epoch: 4 });
}

test("each node is told its id, the settings and where the data is", () => {
  assert.deepEqual(plan.nodes[1]?.args, [
    ..."/opt/node.js --id node2 --config /var/z/cluster.yaml --data-dir /var/z".split(" "),
  ]);
  assert.equal(plan.nodes[1]?.dir, "/var/z/node2");
  assert.equal(plan.nodes[1]?.pidFile, "/var/z/node2.pid");
  assert.equal(plan.nodes[1]?.logFile, "/var/z/logs/node2.log");
});

test("the gateway is told the settings, and is there only if the file names it", () => {
  const { gateway } = plan;
  assert.deepEqual(gateway?.args, ["/opt/gateway.js", "--config", "/var/z/cluster.yaml"]);
  assert.equal(gateway?.pidFile, "/var/z/gateway.pid");
  const programs = { node: "n", gateway: "g" };
  const without = { ...patternConfig(3), gateway: undefined, dataDir: "/var/z" };
  assert.equal(planLaunch(without, programs).gateway, undefined);
});

test("an IPv6 host is bracketed in its address", () => {
  const node = { id: "a", host: "::1", clientPort: 1, peerPort: 2 };
  assert.equal(clientUrl(node), "http://[::1]:1");
});

test("a leader is established when a quorum follows it in the broadcast phase", () => {
  const leading = status("node1", Role.LEADING, Phase.BROADCAST, "node1");
  const following = status("node2", Role.FOLLOWING, Phase.BROADCAST, "node1");
  assert.equal(establishedLeader([leading, following], 2)?.nodeId, "node1");
  assert.equal(establishedLeader([leading], 2), undefined);
  const syncing = status("node2", Role.FOLLOWING, Phase.SYNCHRONIZATION, "node1");
  assert.equal(establishedLeader([leading, syncing], 2), undefined);
  const early = status("node1", Role.LEADING, Phase.SYNCHRONIZATION, "node1");
  const other = status("node3", Role.FOLLOWING, Phase.BROADCAST, "node1");
  assert.equal(establishedLeader([early, following, other], 2), undefined);
  const elsewhere = status("node2", Role.FOLLOWING, Phase.BROADCAST, "node3");
  assert.equal(establishedLeader([leading, elsewhere], 2), undefined);
  assert.equal(establishedLeader([], 1), undefined);
});

test("warnings and worse reach the terminal, as does what is no log line at all", () => {
  const line =
    '{"node":"node1","epoch":3,"zxid":"3.7","time":1,"level":"LEVEL","msg":"slow","n":9}';
  assert.equal(terminalLine("node1", line.replace("LEVEL", "warn")), "node1  warn  3.7  slow  n=9");
  assert.equal(terminalLine("node1", line.replace("LEVEL", "info")), undefined);
  assert.equal(terminalLine("node1", "Error: broken"), "node1  Error: broken");
  assert.equal(terminalLine("node1", ""), undefined);
});

test("a growing file is followed by whole lines, from where it was, across a new beginning", () => {
  const dir = mkdtempSync(join(tmpdir(), "zabble-follow-"));
  try {
    const file = join(dir, "a.log");
    writeFileSync(file, "old\n");
    const lines = followLines(file);
    assert.deepEqual(lines.poll(), []);
    appendFileSync(file, "one\ntw");
    assert.deepEqual(lines.poll(), ["one"]);
    appendFileSync(file, "o ü\n");
    assert.deepEqual(lines.poll(), ["two ü"]);
    writeFileSync(file, "new\n");
    assert.deepEqual(lines.poll(), ["new"]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("ready: who leads, where to connect, what to try", () => {
  const leader = { nodeId: "node2", epoch: 4 };
  const pids = new Map([["node1", 71]]);
  const text = readyText(plan, leader, pids, 812.4, " --config z.yaml");
  assert.match(
    text,
    /^Zabble is ready after 812 ms: 3 nodes, quorum 2, node2 \(★\) leads epoch 4\./,
  );
  assert.match(text, /● node1 {2}http:\/\/127\.0\.0\.1:7101 {7}71 {2}\/var\/z\/logs\/node1\.log/);
  assert.match(text, /★ node2 /);
  assert.match(text, /npx zabble guess 42 --player you --config z\.yaml/);
  assert.match(text, /Play in a browser, or reach all of them: http:\/\/127\.0\.0\.1:8080/);
  assert.match(text, /127\.0\.0\.1:8080\/zabble\.v1\.GameService\/SubmitGuess/);
});

test("a death is reported with what it means and how to go on", () => {
  const goesOn = diedText(plan, "node3", "SIGKILL", 2, { configHint: "" });
  assert.match(goesOn, /^node3 ended \(SIGKILL\); 2 of 3 nodes run, the cluster goes on\./);
  assert.match(goesOn, /npx zabble node --id node3$/);
  const stuck = diedText(plan, "node3", "exit code 1", 1, { restartMs: 500 });
  assert.match(stuck, /below the quorum of 2.* started again in 500 ms\.$/);
});

test("waiting: the silent nodes are named", () => {
  const text = waitingText(plan, [status("node2", Role.LOOKING, Phase.ELECTION, "")]);
  assert.match(text, /No answer from node1, node3\./);
});
