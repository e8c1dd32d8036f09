// Proves that the driver joins its parts rightly, on simulated clock, links and disk: commands and
// reads through any node, history, subscriptions, a pause, stepping down, closing, and a restart.
import assert from "node:assert/strict";
import test from "node:test";
import type { Outcome } from "../api/replica.js";
import type { Command } from "../game/command.js";
import type { Transaction } from "../game/transaction.js";
import { Role } from "../gen/zabble/v1/cluster_pb.js";
import { CALM_PROFILE } from "../test/sim/calm-profile.js";
import { createPrng } from "../test/sim/prng.js";
import { createSimCluster, type SimCluster, type SimNode } from "../test/sim/sim-cluster.js";
import { createWorld } from "../test/sim/world.js";
import { outcomeWords } from "./desk-rig.testing.js";
import type { ZabbleNode } from "./node.js";
import { zxidOf } from "./zab/zxid.js";

interface Rig {
  readonly cluster: SimCluster;
  run(ms: number): void;
  /** Runs until it is true; fails after ten simulated seconds. */
  until(done: () => boolean): void;
  leader(): SimNode;
  follower(): SimNode;
  /** How the links of nodes were paused and resumed, as "node1 true". */
  readonly pauses: string[];
}

function createRig({ logTailEntries = 1000, syncMeanMs = 0.2 } = {}): Rig {
  const world = createWorld();
  const cluster = createSimCluster(world, createPrng(1), {
    ...CALM_PROFILE.cluster,
    disk: { ...CALM_PROFILE.cluster.disk, syncMeanMs },
    network: { ...CALM_PROFILE.cluster.network, delayMeanMs: 0.2 },
    logTailEntries,
    snapshotEntries: 1000,
  });
  const pauses: string[] = [];
  const { linksFor } = cluster.network;
  cluster.network.linksFor = (id, process) => {
    const setPaused = (paused: boolean) => pauses.push(`${id} ${paused}`);
    return { ...linksFor(id, process), setPaused };
  };
  const rig: Rig = {
    cluster,
    pauses,
    run: (ms) => world.run(world.nowMs + ms, () => {}),
    until(done) {
      world.run(world.nowMs + 10_000, () => {}, done);
      assert.ok(done(), "it did not come about in ten seconds");
    },
    leader: () =>
      find((node) => isSettled(node) && node.running?.node.core.role.kind === "LEADING"),
    follower: () => find((node) => node.running?.node.core.role.kind === "FOLLOWING"),
  };
  function find(wanted: (node: SimNode) => boolean): SimNode {
    return cluster.nodes.find(wanted) ?? assert.fail("there is no such node");
  }
  for (const node of cluster.nodes) cluster.start(node);
  rig.until(() => cluster.nodes.every(isSettled));
  return rig;
}

function isSettled({ running }: SimNode): boolean {
  const role = running?.node.core.role;
  return role !== undefined && role.kind !== "LOOKING" && role.phase === "BROADCAST";
}

function nodeOf({ running }: SimNode): ZabbleNode {
  return running?.node ?? assert.fail("the node is down");
}

function target(requestId: string): Command {
  return { type: "SetTarget", room: "lobby", player: "alice", value: 42, requestId };
}

/** The answer to one command, once it has come. */
function submit(rig: Rig, node: SimNode, command: Command): string {
  let outcome: Outcome | undefined;
  nodeOf(node).submit(command, 5000, (told) => {
    outcome = told;
  });
  assert.equal(outcome, undefined, "never before submit returns");
  rig.until(() => outcome !== undefined);
  return outcome === undefined ? "" : outcomeWords(outcome);
}

test("a command through a follower and one through the leader are both answered", () => {
  const rig = createRig();
  assert.equal(submit(rig, rig.follower(), target("r1")), "ok 1.1 round 1");
  assert.equal(submit(rig, rig.leader(), target("r2")), "ok 1.2 round 2");
  assert.equal(submit(rig, rig.follower(), target("r2")), "ok 1.2 round 2", "a repeat elsewhere");
  const close: Command = { type: "CloseRound", room: "lobby", player: "bob", requestId: "r3" };
  assert.equal(submit(rig, rig.follower(), close), "NO_GUESS");
});

test("a read through a follower sees what was confirmed before it was asked", () => {
  const rig = createRig();
  assert.equal(submit(rig, rig.leader(), target("r1")), "ok 1.1 round 1");
  let seen: bigint | undefined;
  nodeOf(rig.follower()).readIndex(1000, (outcome) => {
    assert.ok(outcome.ok);
    seen = nodeOf(rig.follower()).game().zxid;
  });
  rig.until(() => seen !== undefined);
  assert.equal(seen, nodeOf(rig.leader()).game().zxid);
});

test("a read through a node that is behind waits until it has caught up", () => {
  const rig = createRig({ syncMeanMs: 20 });
  assert.equal(submit(rig, rig.leader(), target("r1")), "ok 1.1 round 1");
  const behind = rig.cluster.nodes.find((node) => nodeOf(node).game().zxid < zxidOf(1, 1));
  assert.ok(behind, "some disk is slower than the quorum's");
  let seen: bigint | undefined;
  nodeOf(behind).readIndex(5000, ({ ok }) => {
    assert.ok(ok);
    seen = nodeOf(behind).game().zxid;
  });
  rig.until(() => seen !== undefined);
  assert.equal(seen, zxidOf(1, 1));
});

test("subscribers are given each transaction once, and every change of standing", () => {
  const rig = createRig();
  const applied: Transaction[] = [];
  const roles: Role[] = [];
  const node = nodeOf(rig.follower());
  node.subscribe({
    onApplied: (transactions) => applied.push(...transactions),
    onStatus: ({ role }) => roles.push(role),
  });
  for (const id of ["r1", "r2", "r3"]) submit(rig, rig.leader(), target(id));
  rig.until(() => applied.length === 3);
  assert.deepEqual(
    applied.map(({ requestId }) => requestId),
    ["r1", "r2", "r3"],
  );
  rig.cluster.crash(rig.leader());
  rig.until(() => roles.at(-1) === Role.LEADING || roles.at(-1) === Role.FOLLOWING);
  assert.equal(roles[0], Role.LOOKING);
});

test("recent transactions come from memory, older ones from disk", async () => {
  const rig = createRig({ logTailEntries: 2 });
  for (let i = 0; i < 40; i++) submit(rig, rig.leader(), target(`r${i}`));
  const node = nodeOf(rig.leader());
  const last = node.game().zxid;
  assert.deepEqual(
    node.recent(last - 2n)?.map(({ zxid }) => zxid),
    [last - 1n, last],
  );
  assert.deepEqual(
    node.recent(last - 2n, 1)?.map(({ zxid }) => zxid),
    [last - 1n],
  );
  assert.equal(node.recent(0n), undefined, "memory does not reach that far");
  const { transactions, oldest } = await node.history(last - 30n, 3);
  assert.deepEqual(
    transactions.map(({ zxid }) => zxid),
    [last - 29n, last - 28n, last - 27n],
  );
  assert.equal(oldest, 1n << 32n);
});

test("history ends where this node has applied, however much its disk holds", async () => {
  const rig = createRig();
  submit(rig, rig.leader(), target("r1"));
  for (const node of rig.cluster.nodes) if (node !== rig.leader()) rig.cluster.freeze(node);
  const node = nodeOf(rig.leader());
  node.submit(target("r2"), 5000, () => {});
  rig.until(() => node.core.durable > node.core.commit);
  const { transactions } = await node.history(0n, 100);
  assert.equal(transactions.at(-1)?.zxid, node.game().zxid);
  assert.ok(node.core.durable > node.game().zxid);
});

test("a paused node takes no part until its time is over", () => {
  const rig = createRig();
  const follower = nodeOf(rig.follower());
  const before = follower.game().zxid;
  follower.pause(200);
  assert.equal(submit(rig, rig.leader(), target("r1")), "ok 1.1 round 1");
  rig.run(100);
  assert.equal(follower.game().zxid, before);
  rig.until(() => follower.game().zxid > before);
  assert.deepEqual(rig.pauses, [`${follower.nodeId} true`, `${follower.nodeId} false`]);
});

test("a pause of no time ends one that is under way", () => {
  const rig = createRig();
  const leader = nodeOf(rig.leader());
  const follower = nodeOf(rig.follower());
  follower.pause(60_000);
  submit(rig, rig.leader(), target("r1"));
  assert.equal(follower.status().paused, true);
  follower.pause(0);
  assert.equal(follower.status().paused, false);
  rig.until(() => follower.game().zxid === leader.game().zxid);
});

test("a leader that is asked to step down is followed by another", () => {
  const rig = createRig();
  const old = rig.leader();
  assert.equal(nodeOf(rig.follower()).stepDown(), false);
  assert.equal(nodeOf(old).stepDown(), true);
  rig.until(() => !isSettled(old));
  rig.until(() => rig.cluster.nodes.every(isSettled));
  assert.notEqual(rig.leader().id, old.id);
  assert.equal(submit(rig, old, target("r1")), "ok 2.1 round 1");
});

test("the leader's death makes what is pending unknown, and a repeat finds what happened", () => {
  const rig = createRig();
  const follower = rig.follower();
  let told = "";
  nodeOf(follower).submit(target("r1"), 5000, (outcome) => {
    told = outcomeWords(outcome);
  });
  // The command gets to the leader, and nothing gets back.
  const leader = rig.leader();
  rig.cluster.network.cut(leader.id, follower.id);
  rig.until(() => nodeOf(leader).core.commit > nodeOf(follower).game().zxid);
  rig.cluster.crash(leader);
  rig.until(() => told !== "");
  assert.equal(told, "LEADER_LOST");
  rig.until(() => isSettled(follower));
  assert.equal(submit(rig, follower, target("r1")), "ok 1.1 round 1");
});

test("closing answers everybody and says goodbye", () => {
  const rig = createRig();
  const leader = nodeOf(rig.leader());
  const told: string[] = [];
  leader.subscribe({ onClose: () => told.push("closed") });
  leader.submit(target("r1"), 5000, (outcome) => told.push(outcomeWords(outcome)));
  leader.close();
  leader.close();
  leader.submit(target("r2"), 5000, (outcome) => told.push(outcomeWords(outcome)));
  rig.run(1);
  assert.deepEqual(told, ["NO_LEADER", "closed", "SHUTTING_DOWN"]);
});

test("a node comes back with what its disk held, and catches up", () => {
  const rig = createRig();
  const follower = rig.follower();
  submit(rig, follower, target("r1"));
  rig.cluster.crash(follower);
  submit(rig, rig.leader(), target("r2"));
  rig.cluster.start(follower);
  rig.until(() => nodeOf(follower).game().zxid === nodeOf(rig.leader()).game().zxid);
  assert.equal(nodeOf(follower).game().rooms.get("lobby")?.round, 2);
});

test("links are set to known peers alone", () => {
  const rig = createRig();
  const node = nodeOf(rig.leader());
  const fault = { cutIn: false, cutOut: false, delayMs: 0 };
  assert.equal(node.setLink(rig.follower().id, fault), true);
  assert.equal(node.setLink(node.nodeId, fault), false, "itself");
  assert.equal(node.setLink("node9", fault), false);
});

test("its status names the peers that it was told to cut, either way, and no other", () => {
  const rig = createRig();
  const node = nodeOf(rig.leader());
  const peer = rig.follower().id;
  const whole = { cutIn: false, cutOut: false, delayMs: 0 };
  for (const cut of [{ cutIn: true }, { cutOut: true }, { cutIn: true, cutOut: true }]) {
    node.setLink(peer, { ...whole, ...cut });
    assert.deepEqual(node.status().cut, [peer]);
    node.setLink("node9", { ...whole, ...cut });
    assert.deepEqual(node.status().cut, [peer], "an unknown peer has no link");
    node.setLink(peer, { ...whole, delayMs: 5 });
    assert.deepEqual(node.status().cut, [], "a delay is no cut");
  }
});
