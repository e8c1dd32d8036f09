// Proves the rule of the answers: a zxid only when it is applied here, a rejection only when what
// it rests on is applied and a quorum has confirmed the leader, "unknown" whenever it may have
// been proposed, and one answer for every submit.
import assert from "node:assert/strict";
import test from "node:test";
import { applyTransaction } from "../game/game.js";
import { encodeTransaction } from "../game/transaction.js";
import { commandToText } from "./command-text.js";
import { createDeskRig, type DeskRig } from "./desk-rig.testing.js";
import type { ForwardedCommand } from "./rpc/peer-message.js";
import { chainCrc } from "./store/chain.js";
import { lastCrc } from "./zab/log.js";
import { zxidOf } from "./zab/zxid.js";

const LINK_LOST = { t: "link", peer: "node3", up: false } as const;
const STEP_DOWN = { t: "stepDown", quietTicks: 5 } as const;

function forwarded(requestId: string, type: "SetTarget" | "CloseRound"): ForwardedCommand {
  const who = { room: "lobby", player: "bob", requestId };
  const command = type === "SetTarget" ? { type, ...who, value: 7 } : { type, ...who };
  return { requestId, text: commandToText(command) };
}

/** The transaction that a leader made of node1's own command. */
function streamed(rig: DeskRig, requestId: string, counter: number) {
  const zxid = zxidOf(1, counter);
  const text = encodeTransaction({
    zxid,
    prev: zxid - 1n,
    time: 2,
    requestId,
    events: [{ type: "TargetSet", room: "lobby", round: counter, value: 42, by: "alice" }],
  });
  return { zxid, text, crc: chainCrc(text, lastCrc(rig.core.log)) };
}

function replyWords(rig: DeskRig): string[] {
  return rig.replies.map(({ to, requestId, outcome }) => {
    const words = outcome.kind === "done" ? `done round ${outcome.round}` : outcome.refusal.reason;
    return `${to} ${requestId}: ${words}`;
  });
}

test("a command is answered when it is applied, not when it is proposed", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  assert.equal(rig.propose(), 1);
  rig.settle();
  assert.deepEqual(rig.told, []);
  rig.commit();
  assert.deepEqual(rig.told, ["r1: ok 1.1 round 1"]);
  assert.equal(rig.desk.outstanding(), 0);
});

test("the same command twice at once has one transaction, and both are told of it", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.submit("r1");
  assert.equal(rig.propose(), 1);
  rig.commit();
  assert.deepEqual(rig.told, ["r1: ok 1.1 round 1", "r1: ok 1.1 round 1"]);
});

test("a repeat of what is applied is told the first outcome, after submit has returned", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.propose();
  rig.commit();
  rig.submit("r1", 99);
  assert.equal(rig.told.length, 1);
  rig.settle();
  assert.equal(rig.told[1], "r1: ok 1.1 round 1");
  assert.equal(rig.propose(), 0);
});

test("a repeat from a follower waits until the first is applied", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.desk.onForward("node2", 1, [forwarded("r1", "SetTarget")]);
  rig.propose();
  rig.desk.onForward("node2", 1, [forwarded("r1", "SetTarget")]);
  assert.equal(rig.propose(), 0);
  assert.deepEqual(replyWords(rig), []);
  rig.commit();
  // The first one's client is answered by the transaction itself; the repeat may come too late.
  assert.deepEqual(replyWords(rig), ["node2 r1: done round 1"]);
});

test("a forward of a node that does not follow now is refused: it may be long out of date", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.desk.onForward("node1", 1, [forwarded("r1", "SetTarget")]);
  assert.equal(rig.propose(), 0);
  assert.deepEqual(replyWords(rig), ["node1 r1: NO_LEADER"]);
});

test("the bound holds also when no client of this node waits for what is queued", () => {
  const rig = createDeskRig({ role: "LEADING", outstandingMax: 2 });
  for (let i = 0; i < 4; i++) rig.desk.onForward("node2", 1, [forwarded(`f${i}`, "SetTarget")]);
  rig.submit("r1");
  rig.settle();
  assert.deepEqual(rig.told, ["r1: OVERLOADED"]);
});

test("a rejection waits for what it rests on, and for a quorum", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.desk.onForward("node2", 1, [forwarded("r2", "CloseRound")]);
  rig.propose();
  // The round that r1 opens has no guess: r2 is refused because of a proposal that may yet vanish.
  assert.equal(rig.rounds.length, 1);
  rig.rounds[0]?.(true);
  assert.deepEqual(replyWords(rig), [], "1.1 is not applied yet");
  rig.commit();
  assert.deepEqual(replyWords(rig), ["node2 r2: NO_GUESS"]);
});

test("a rejection by a leader that no quorum confirms is none", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.desk.onForward("node2", 1, [forwarded("r1", "CloseRound")]);
  rig.propose();
  assert.deepEqual(replyWords(rig), [], "nothing before the quorum round");
  rig.rounds[0]?.(false);
  assert.deepEqual(replyWords(rig), ["node2 r1: NO_LEADER"]);
});

test("a rejection that rests on a proposal is forgotten with it", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.desk.onForward("node2", 1, [forwarded("r2", "CloseRound")]);
  rig.propose();
  rig.rounds[0]?.(true);
  rig.input(STEP_DOWN);
  // Another leader's log goes past that zxid, with another history.
  const zxid = zxidOf(2, 0);
  const events = [{ type: "LeaderEstablished", epoch: 2, nodeId: "node1" }] as const;
  const marker = { zxid, prev: zxidOf(1, 0), time: 2, requestId: "", events };
  applyTransaction(rig.game, marker);
  rig.desk.applied([marker]);
  assert.deepEqual(replyWords(rig), []);
  assert.deepEqual(rig.told, ["r1: LEADER_LOST"]);
});

test("proposals are decided upon each other before any is committed", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.submit("r2");
  assert.equal(rig.propose(), 2);
  rig.submit("r3");
  assert.equal(rig.propose(), 1);
  rig.commit();
  const rounds = ["r1: ok 1.1 round 1", "r2: ok 1.2 round 2", "r3: ok 1.3 round 3"];
  assert.deepEqual(rig.told, rounds);
});

test("beyond the frames in flight commands collect, and leave in one frame", () => {
  const rig = createDeskRig({ role: "LEADING", framesInFlight: 1 });
  rig.submit("r1");
  assert.equal(rig.propose(), 1);
  rig.submit("r2");
  rig.submit("r3");
  assert.equal(rig.propose(), 0);
  assert.ok(!rig.desk.wantsTurn());
  rig.commit();
  assert.ok(rig.desk.wantsTurn());
  assert.equal(rig.propose(), 2);
});

test("no command gets a counter beyond an epoch's last, and each is answered once", () => {
  const rig = createDeskRig({ role: "LEADING", counterMax: 2 });
  for (const requestId of ["r1", "r2", "r3"]) rig.submit(requestId);
  assert.equal(rig.propose(), 2);
  assert.equal(rig.propose(), 0);
  rig.commit();
  assert.equal(rig.told.length, 3);
  assert.ok(rig.told.includes("r3: NO_LEADER"), "it was never proposed, so it did not happen");
});

test("too many are refused before they get a zxid", () => {
  const rig = createDeskRig({ role: "LEADING", outstandingMax: 2 });
  for (const requestId of ["r1", "r2", "r3"]) rig.submit(requestId);
  assert.deepEqual(rig.told, [], "never before submit returns");
  rig.settle();
  assert.deepEqual(rig.told, ["r3: OVERLOADED"]);
  assert.equal(rig.propose(), 2);
  rig.commit();
  assert.equal(rig.game.zxid, zxidOf(1, 2));
});

test("a leader whose own disk stands still stops proposing, whatever others commit", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  for (let batch = 1; batch <= 64; batch++) rig.core.inDisk.push({ batch, zxid: zxidOf(1, 0) });
  assert.equal(rig.propose(), 0);
  rig.core.inDisk.length = 0;
  assert.equal(rig.propose(), 1);
});

test("forwards beyond the leader's own bound are refused too", () => {
  const rig = createDeskRig({ role: "LEADING", outstandingMax: 1 });
  const commands = ["r1", "r2", "r3"].map((requestId) => forwarded(requestId, "SetTarget"));
  rig.desk.onForward("node2", 1, commands);
  assert.deepEqual(replyWords(rig), ["node2 r3: OVERLOADED"]);
});

test("when leading ends, what was proposed is unknown and what was not has not happened", () => {
  const rig = createDeskRig({ role: "LEADING", framesInFlight: 1 });
  rig.submit("r1");
  rig.propose();
  rig.submit("r2");
  rig.input(STEP_DOWN);
  assert.deepEqual(rig.told.sort(), ["r1: LEADER_LOST", "r2: NO_LEADER"]);
  assert.equal(rig.desk.outstanding(), 0);
  rig.submit("r3");
  rig.settle();
  assert.equal(rig.told[2], "r3: NO_LEADER");
});

test("when following ends, what was handed on is unknown and what was not has not happened", () => {
  const rig = createDeskRig({ role: "FOLLOWING" });
  rig.submit("r1");
  rig.desk.flushForwards();
  assert.deepEqual(rig.forwarded, [{ epoch: 1, requestIds: ["r1"] }]);
  rig.submit("r2");
  rig.input(LINK_LOST);
  assert.deepEqual(rig.told.sort(), ["r1: LEADER_LOST", "r2: NO_LEADER"]);
});

test("a follower's client is answered when its transaction is applied here", () => {
  const rig = createDeskRig({ role: "FOLLOWING" });
  rig.submit("r1");
  rig.desk.flushForwards();
  rig.stream([streamed(rig, "r1", 1)]);
  assert.deepEqual(rig.told, ["r1: ok 1.1 round 1"]);
});

test("the outcome of a repeat is told when this node has applied it as well", () => {
  const rig = createDeskRig({ role: "FOLLOWING" });
  rig.submit("r1");
  rig.desk.flushForwards();
  const done = { kind: "done", zxid: zxidOf(1, 1), round: 1 } as const;
  rig.desk.onForwardReply("node3", 1, "r1", done);
  assert.deepEqual(rig.told, []);
  rig.stream([streamed(rig, "other", 1)]);
  assert.deepEqual(rig.told, ["r1: ok 1.1 round 1"]);
});

test("a refusal from the leader is told at once; another's, or an old one, is dropped", () => {
  const rig = createDeskRig({ role: "FOLLOWING" });
  rig.submit("r1");
  rig.desk.flushForwards();
  const refusal = { reason: "NO_OPEN_ROUND", message: "No." } as const;
  rig.desk.onForwardReply("node3", 1, "r9", { kind: "refused", refusal });
  rig.desk.onForwardReply("rival", 1, "r1", { kind: "refused", refusal });
  rig.desk.onForwardReply("node3", 0, "r1", { kind: "refused", refusal });
  assert.deepEqual(rig.told, []);
  rig.desk.onForwardReply("node3", 1, "r1", { kind: "refused", refusal });
  rig.desk.onForwardReply("node3", 1, "r1", { kind: "refused", refusal });
  assert.deepEqual(rig.told, ["r1: NO_OPEN_ROUND"]);
});

test("a forward of another epoch is refused: its sender has called it unknown by now", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.desk.onForward("node2", 0, [forwarded("r1", "SetTarget")]);
  rig.desk.onForward("node2", 2, [forwarded("r2", "SetTarget")]);
  assert.deepEqual(replyWords(rig), ["node2 r1: NO_LEADER", "node2 r2: NO_LEADER"]);
  assert.equal(rig.propose(), 0);
});

test("a forward to one that does not lead is refused", () => {
  const rig = createDeskRig({ role: "FOLLOWING" });
  rig.desk.onForward("node2", 1, [forwarded("r1", "SetTarget")]);
  assert.deepEqual(replyWords(rig), ["node2 r1: NO_LEADER"]);
});

test("a forwarded text that is no command is refused and never logged", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.desk.onForward("node2", 1, [{ requestId: "r1", text: '{"type":"SetTarget"}' }]);
  assert.deepEqual(replyWords(rig), ["node2 r1: BAD_REQUEST"]);
  assert.equal(rig.propose(), 0);
});

test("a deadline is answered as unknown; the outcome that comes later is told to nobody", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.propose();
  rig.nowMs = 999;
  rig.submit("r1");
  rig.desk.expire();
  assert.deepEqual(rig.told, []);
  rig.nowMs = 1000;
  rig.desk.expire();
  assert.deepEqual(rig.told, ["r1: DEADLINE"], "the second one has time left");
  assert.equal(rig.desk.outstanding(), 1);
  rig.commit();
  assert.deepEqual(rig.told, ["r1: DEADLINE", "r1: ok 1.1 round 1"]);
});

test("closing answers everybody, and whoever comes later", () => {
  const rig = createDeskRig({ role: "LEADING" });
  rig.submit("r1");
  rig.propose();
  rig.desk.close();
  rig.submit("r2");
  rig.settle();
  assert.deepEqual(rig.told, ["r1: LEADER_LOST", "r2: SHUTTING_DOWN"]);
});
