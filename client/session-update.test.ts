// Proves what a player is told about commands: pending until the stream shows them, sent again with
// the same id while nobody knows, refused in the words of the rules; and that the screen survives
// snapshots, losses and elections.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Transaction } from "../game/transaction.js";
import { NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import { newSession, type Session, standingOf } from "./session-model.js";
import { type SessionEffect, type SessionMessage, updateSession } from "./session-update.js";
import type { CommandOutcome } from "./zabble-client.js";

interface Run {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}

/** One message a millisecond, beginning at 1000. */
function run(...messages: readonly SessionMessage[]): Run {
  return messages.reduce<Run>(
    ({ session }, message, index) => updateSession(session, message, 1000 + index),
    { session: newSession("ann", "lobby", 1000), effects: [] },
  );
}

function snapshot(zxid: bigint): SessionMessage {
  return { type: "snapshot", snapshot: create(SnapshotSchema, { zxid }) };
}

const WISH: SessionMessage = {
  type: "wish",
  wish: { kind: "write", value: 42 },
  requestId: "id-1",
};

function committed(zxid: bigint, requestId = "id-1"): SessionMessage {
  const target = { type: "TargetSet", room: "lobby", round: 1, value: 42, by: "ann" } as const;
  const transaction: Transaction = { zxid, prev: zxid - 1n, time: 1, requestId, events: [target] };
  return { type: "transactions", transactions: [transaction], seen: zxid };
}

function answered(outcome: CommandOutcome): SessionMessage {
  return { type: "outcome", requestId: "id-1", outcome };
}

const done = (zxid: bigint): CommandOutcome => ({
  kind: "committed",
  zxid,
  round: 1,
  server: "",
  attempts: 1,
});
const unknown: CommandOutcome = { kind: "unknown", requestId: "id-1", message: "no answer" };

function status(leaderId: string, phase: Phase): SessionMessage {
  const role = leaderId === "" ? Role.LOOKING : Role.FOLLOWING;
  return {
    type: "status",
    status: create(NodeStatusSchema, { nodeId: "n1", role, leaderId, phase }),
  };
}

function connection(state: "connecting" | "live" | "lost"): SessionMessage {
  return { type: "connection", change: { state, server: "http://a", words: `${state}.` } };
}

test("a command is pending until the stream shows it, whatever was answered", () => {
  const given = run(snapshot(5n), WISH);
  assert.equal(given.session.live?.now.rooms.size, 0);
  assert.deepEqual(
    given.effects.map(({ type }) => type),
    ["send"],
  );
  const confirmed = run(snapshot(5n), WISH, answered(done(6n)));
  assert.equal(confirmed.session.pending.length, 1);
  assert.equal(confirmed.session.live?.now.rooms.size, 0, "not seen, not shown");
  const seen = run(snapshot(5n), WISH, answered(done(6n)), committed(6n)).session;
  assert.deepEqual(seen.pending, []);
  assert.equal(seen.live?.now.rooms.get("lobby")?.target, 42);
  assert.equal(seen.message?.text, "your target 42 is committed (0.6, 2 ms)");
});

test("the stream may be faster than the answer", () => {
  const { session } = run(snapshot(5n), WISH, committed(6n), answered(done(6n)));
  assert.deepEqual(session.pending, []);
  assert.equal(session.message?.kind, "good");
});

test("what a snapshot holds is not waited for", () => {
  const first = run(snapshot(5n), WISH, answered(done(6n)), snapshot(6n)).session;
  assert.deepEqual(first.pending, []);
  const second = run(snapshot(5n), WISH, snapshot(6n), answered(done(6n))).session;
  assert.deepEqual(second.pending, []);
  const earlier = run(snapshot(5n), WISH, answered(done(7n)), snapshot(6n)).session;
  assert.equal(earlier.pending.length, 1, "the snapshot was cut before it");
});

test("an unknown outcome is sent again with the same id, and said so", () => {
  const { session, effects } = run(snapshot(5n), WISH, answered(unknown));
  const [effect] = effects;
  assert.ok(effect?.type === "send");
  assert.equal(effect.command.requestId, "id-1");
  assert.equal(effect.command.sends, 2);
  assert.match(session.message?.text ?? "", /sent again with the same id/);
  const seen = run(snapshot(5n), WISH, answered(unknown), committed(6n)).session;
  assert.match(seen.message?.text ?? "", /sent 2 times, happened once/);
});

test("after a minute of not knowing it is given up, and said what is known", () => {
  const given = run(snapshot(5n), WISH).session;
  const late = updateSession(given, answered(unknown), 62_000);
  assert.deepEqual(late.session.pending, []);
  assert.deepEqual(late.effects, []);
  assert.match(late.session.message?.text ?? "", /whether it happened is not known/);
  const sure = updateSession(given, answered({ kind: "unavailable", message: "" }), 62_000);
  assert.match(sure.session.message?.text ?? "", /nothing happened/);
});

test("a refusal is explained in the words of the rules and nothing is sent again", () => {
  const message = "There is no open round.";
  const refused: CommandOutcome = { kind: "refused", code: "", message, info: undefined };
  const { session, effects } = run(snapshot(5n), WISH, answered(refused));
  assert.deepEqual(session.pending, []);
  assert.deepEqual(effects, []);
  assert.equal(session.message?.text, message);
  assert.equal(session.message?.kind, "bad");
});

test("after a try that nobody heard of again, a refusal proves nothing", () => {
  const message = "The round is closed.";
  const refused: CommandOutcome = {
    kind: "refused",
    code: "failed_precondition",
    message,
    info: undefined,
  };
  const { session } = run(snapshot(5n), WISH, answered(unknown), answered(refused));
  assert.deepEqual(session.pending, []);
  assert.match(
    session.message?.text ?? "",
    /an earlier try may have happened.*The round is closed/,
  );
  const malformed = { ...refused, code: "invalid_argument" };
  const wrong = run(snapshot(5n), WISH, answered(unknown), answered(malformed)).session;
  assert.equal(wrong.message?.text, message, "that is refused whenever it arrives");
  const given = run(snapshot(5n), WISH, answered(unknown)).session;
  const late = updateSession(given, answered({ kind: "unavailable", message: "" }), 62_000);
  assert.match(late.session.message?.text ?? "", /whether it happened is not known/);
});

test("one closing at a time, and no more than a few commands", () => {
  const close = (requestId: string): SessionMessage => ({
    type: "wish",
    wish: { kind: "close" },
    requestId,
  });
  const twice = run(snapshot(5n), close("c-1"), close("c-2"));
  assert.equal(twice.session.pending.length, 1);
  assert.match(twice.session.message?.text ?? "", /on its way already/);
  const guesses = Array.from({ length: 30 }, (_, index): SessionMessage => {
    return { type: "wish", wish: { kind: "guess", value: index }, requestId: `g-${index}` };
  });
  const many = run(snapshot(5n), ...guesses).session;
  assert.equal(many.pending.length, 20);
  assert.match(many.message?.text ?? "", /20 commands wait already/);
});

test("what was said is said no more after a while, or elsewhere", () => {
  const told = run(snapshot(5n), { type: "say", kind: "info", text: "hello" }).session;
  assert.equal(updateSession(told, { type: "tick" }, 9000).session.message?.text, "hello");
  assert.equal(updateSession(told, { type: "tick" }, 12_000).session.message, undefined);
  const entered = updateSession(told, { type: "enterRoom", room: "attic" }, 2000).session;
  assert.equal(entered.message, undefined);
});

test("a node's time without a leader is told as that node's, and not as another's", () => {
  const on = (nodeId: string, leaderId: string, phase: Phase, epoch = 10): SessionMessage => {
    const role = leaderId === "" ? Role.LOOKING : Role.FOLLOWING;
    const init = { nodeId, role, leaderId, phase, epoch };
    return { type: "status", status: create(NodeStatusSchema, init) };
  };
  const cut = [on("n1", "n2", Phase.BROADCAST), on("n1", "", Phase.ELECTION)] as const;
  const back = run(snapshot(5n), ...cut, on("n1", "n3", Phase.BROADCAST, 11)).session;
  assert.equal(back.message?.text, "n1 had no leader for 1 ms; n3 leads epoch 11");
  const moved = run(snapshot(5n), ...cut, on("n3", "n2", Phase.BROADCAST)).session;
  assert.equal(moved.message, undefined);
  const glimpse = run(snapshot(5n), ...cut, on("n1", "n2", Phase.BROADCAST)).session;
  assert.equal(glimpse.message, undefined, "the leader was there all the time");
  const away = run(snapshot(5n), ...cut).session;
  const late = updateSession(away, on("n1", "n2", Phase.BROADCAST), 9002).session;
  assert.equal(late.message?.text, "n1 is in touch with n2 again, after 8000 ms");
  const say = { type: "say", kind: "good", text: "n4 was killed" } as const;
  const both = run(snapshot(5n), say, ...cut, on("n1", "n3", Phase.BROADCAST, 11)).session;
  assert.equal(
    both.message?.text,
    "n4 was killed; n1 had no leader for 1 ms; n3 leads epoch 11",
    "what one has done is not talked over",
  );
});

test("after a loss it says what the first word of the server proves, and no more", () => {
  const lost = [snapshot(5n), connection("lost"), connection("connecting")] as const;
  const text = (...after: readonly SessionMessage[]) =>
    run(...lost, connection("live"), ...after).session.message?.text;
  assert.equal(text(), undefined);
  assert.equal(
    text(status("n2", Phase.BROADCAST)),
    "connected to http://a again, nothing was missed",
  );
  assert.equal(text(committed(6n)), "connected to http://a again, nothing was missed");
  assert.equal(text(snapshot(9n)), "connected again, as of 0.9");
  const gone = run(...lost, connection("live"), snapshot(3n)).session;
  assert.equal(gone.message?.kind, "bad");
  assert.equal(gone.message?.text, "the cluster's log ends at 0.3: what was seen after it is gone");
  const asleep = run(snapshot(5n), connection("connecting"), connection("live"), committed(6n));
  assert.equal(asleep.session.message, undefined, "who went away by himself is told no news");
});

test("good news from before a loss does not stand beside it", () => {
  const good = run(snapshot(5n), WISH, committed(6n), connection("lost")).session;
  assert.equal(good.message, undefined);
  const bad = { type: "say", kind: "bad", text: "no" } as const;
  assert.equal(run(snapshot(5n), bad, connection("lost")).session.message?.text, "no");
});

test("leaving the past, or the room, stops the reading that is under way", () => {
  const entered = run(snapshot(5n), { type: "travel", move: { kind: "enter" } }).session;
  const left = { type: "travel", move: { kind: "leave" } } as const;
  assert.deepEqual(updateSession(entered, left, 2000).effects, [{ type: "stopPast" }]);
  const room = { type: "enterRoom", room: "attic" } as const;
  assert.deepEqual(updateSession(entered, room, 2000).effects, [{ type: "stopPast" }]);
  assert.deepEqual(updateSession(run(snapshot(5n)).session, room, 2000).effects, []);
});

test("whoever only watches gives no commands", () => {
  const { session, effects } = run({ type: "player", player: undefined }, snapshot(5n), WISH);
  assert.deepEqual(effects, []);
  assert.match(session.message?.text ?? "", /only watch/);
});

test("the standing says joining, live, electing and lost, and since when", () => {
  assert.equal(standingOf(run().session), "joining");
  const live = [connection("live"), snapshot(5n), status("n2", Phase.BROADCAST)] as const;
  assert.equal(standingOf(run(...live).session), "live");
  const electing = [...live, status("", Phase.ELECTION)] as const;
  assert.equal(standingOf(run(...electing).session), "electing");
  const later = run(...electing, status("n3", Phase.DISCOVERY)).session;
  assert.equal(standingOf(later), "electing");
  assert.equal(later.statusSinceMs, 1003, "the clock of an election is not set back by its phases");
  const lost = run(...live, connection("lost"), connection("connecting")).session;
  assert.equal(standingOf(lost), "lost");
  assert.equal(lost.connection.sinceMs, 1003, "attempts in between do not count");
});

test("a change of standing asks all nodes at once", () => {
  const first = run(snapshot(5n), status("n2", Phase.BROADCAST));
  assert.deepEqual(first.effects, [{ type: "pollCluster" }]);
  const same = run(snapshot(5n), status("n2", Phase.BROADCAST), status("n2", Phase.BROADCAST));
  assert.deepEqual(same.effects, []);
});
