// Proves that walking through the past shows each state that was, asks for what is not at hand,
// goes on when it is there, and says where the log ends.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import type { GameEvent } from "../game/event.js";
import type { Transaction } from "../game/transaction.js";
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import type { PastStretch } from "./past-reader.js";
import type { Move } from "./past-update.js";
import { afterTransactions, emptyProjection } from "./projection.js";
import { newSession, type Session, shownProjection } from "./session-model.js";
import { updateSession } from "./session-update.js";
import { zxidOfPast } from "./time-travel.js";

/** A target each time, and a change of leader at every tenth. */
const LOG: readonly Transaction[] = Array.from({ length: 40 }, (_, index) => {
  const zxid = BigInt(index + 1);
  const event: GameEvent =
    index % 10 === 9
      ? { type: "LeaderEstablished", epoch: index, nodeId: `n${index}` }
      : {
          type: "TargetSet",
          room: "lobby",
          round: index + 1 - Math.floor(index / 10),
          value: index,
          by: "a",
        };
  return { zxid, prev: zxid - 1n, time: index, requestId: "", events: [event] };
});

const stateAt = (count: number) =>
  afterTransactions(emptyProjection, LOG.slice(0, count), BigInt(count));

/** A screen that joined after 20 and has seen the rest. */
function joined(): Session {
  const start = newSession("ann", "lobby", 0);
  const snapshot = create(SnapshotSchema, { zxid: 20n });
  const first = updateSession(start, { type: "snapshot", snapshot }, 0).session;
  const live = first.live;
  assert.ok(live !== undefined);
  const base = { ...stateAt(20), zxid: 20n };
  const known = { ...first, live: { ...live, base, now: base } };
  const transactions = LOG.slice(20);
  return updateSession(known, { type: "transactions", transactions, seen: 40n }, 0).session;
}

/** What a reader would answer. */
function stretch(from: number, to: number): PastStretch {
  return {
    room: "lobby",
    before: stateAt(from - 1),
    transactions: LOG.slice(from - 1, to),
    firstOrdinal: from,
    total: 40,
    reachesEnd: to === 40,
    keptFrom: undefined,
  };
}

function go(session: Session, move: Move) {
  return updateSession(session, { type: "travel", move }, 0);
}

/** What the session asked for last has come. */
function answer(session: Session, read: PastStretch) {
  return updateSession(session, { type: "pastRead", readId: session.readsAsked, stretch: read }, 0);
}

const OLDER: Move = { kind: "stride", stride: "event", direction: "older" };
const NEWER: Move = { kind: "stride", stride: "event", direction: "newer" };

function placeOf({ past }: Session): bigint {
  assert.ok(past !== undefined);
  return zxidOfPast(past);
}

/** The nth of 40 as part of the way. */
const toOrdinal = (ordinal: number): Move => ({ kind: "goToPart", part: (ordinal - 1) / 39 });

test("a place in the whole log is gone to at once if it is at hand, else when it was read", () => {
  const there = answer(go(joined(), { kind: "enter" }).session, stretch(21, 40)).session;
  const near = go(there, toOrdinal(25));
  assert.deepEqual([placeOf(near.session), near.effects], [25n, []]);
  const far = go(near.session, toOrdinal(7));
  assert.equal(placeOf(far.session), 25n, "it stays until the log is there");
  const [effect] = far.effects;
  assert.deepEqual(effect?.type === "readPast" && effect.at, { ordinal: 7 });
  const arrived = answer(far.session, stretch(1, 20)).session;
  assert.equal(placeOf(arrived), 7n);
  assert.deepEqual(shownProjection(arrived)?.rooms, stateAt(7).rooms);
});

test("a part of a log of unknown length is gone to when it is known, with a second reading", () => {
  const asked = go(joined(), toOrdinal(3));
  const known = answer(asked.session, stretch(21, 40));
  const [effect] = known.effects;
  assert.deepEqual(effect?.type === "readPast" && effect.at, { ordinal: 3 });
  const arrived = answer(known.session, stretch(1, 10));
  assert.equal(placeOf(arrived.session), 3n);
  assert.deepEqual(arrived.effects, []);
  assert.equal(placeOf(go(arrived.session, toOrdinal(1)).session), 1n);
});

test("entering begins to read the log; each step shows the state that was", () => {
  const entered = go(joined(), { kind: "enter" });
  assert.equal(placeOf(entered.session), 40n);
  assert.deepEqual(entered.effects, [
    { type: "readPast", readId: 1, room: "lobby", at: { zxid: 40n }, until: 40n },
  ]);
  let { session } = entered;
  for (let place = 39n; place > 20n; place--) {
    session = go(session, OLDER).session;
    assert.equal(placeOf(session), place);
    const shown = shownProjection(session)?.rooms.get("lobby");
    assert.deepEqual(shown, stateAt(Number(place)).rooms.get("lobby"));
  }
  assert.equal(placeOf(go(session, NEWER).session), 22n);
  assert.equal(go(session, { kind: "leave" }).session.past, undefined);
});

test("beyond what is at hand it asks, and goes on when the stretch is there", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const atEnd = answer(entered, stretch(25, 40)).session;
  assert.equal(placeOf(atEnd), 40n, "the place is kept");
  const first = go(atEnd, { kind: "goTo", zxid: 25n }).session;
  assert.equal(placeOf(first), 25n);
  const asked = go(first, OLDER);
  assert.deepEqual(asked.effects, [
    { type: "readPast", readId: 2, room: "lobby", at: { zxid: 25n }, until: 40n },
  ]);
  const there = answer(asked.session, stretch(10, 35));
  assert.equal(placeOf(there.session), 24n);
});

test("a search for a leader goes through as many stretches as it takes", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const near = answer(entered, stretch(32, 40)).session;
  const back: Move = { kind: "stride", stride: "leader", direction: "older" };
  let step = go(near, back);
  assert.equal(step.effects.length, 1);
  step = answer(step.session, stretch(31, 36));
  assert.equal(step.effects.length, 1, "not in this one either");
  step = answer(step.session, stretch(26, 36));
  assert.deepEqual(step.effects, []);
  assert.equal(placeOf(step.session), 30n);
});

test("at either end of the log it stays and says so", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const whole = answer(entered, stretch(1, 40)).session;
  const newest = go(whole, NEWER);
  assert.deepEqual(newest.effects, []);
  assert.match(newest.session.message?.text ?? "", /no newer event; Esc goes back to live/);
  const oldest = go(whole, { kind: "edge", direction: "older" }).session;
  assert.equal(placeOf(oldest), 1n);
  assert.match(go(oldest, OLDER).session.message?.text ?? "", /no older event/);
});

test("what was committed in the meantime is read when one walks towards it", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const whole = answer(entered, stretch(1, 40)).session;
  const event = { type: "TargetSet", room: "lobby", round: 37, value: 3, by: "b" } as const;
  const transactions = [{ zxid: 41n, prev: 40n, time: 41, requestId: "", events: [event] }];
  const grown = updateSession(whole, { type: "transactions", transactions, seen: 41n }, 0).session;
  assert.equal(placeOf(grown), 40n, "the past stands still");
  assert.deepEqual(go(grown, NEWER).effects, [
    { type: "readPast", readId: 2, room: "lobby", at: { zxid: 40n }, until: 41n },
  ]);
});

test("a server that has not come as far is asked once, not for ever", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const behind = answer(entered, stretch(1, 40)).session;
  const event = { type: "TargetSet", room: "lobby", round: 37, value: 3, by: "b" } as const;
  const transactions = [{ zxid: 41n, prev: 40n, time: 41, requestId: "", events: [event] }];
  const grown = updateSession(behind, { type: "transactions", transactions, seen: 41n }, 0).session;
  const asked = go(grown, NEWER).session;
  const again = answer(asked, stretch(1, 40));
  assert.deepEqual(again.effects, []);
  assert.equal(placeOf(again.session), 40n);
});

test("an answer that nobody waits for any more moves nobody", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const whole = answer(entered, stretch(15, 40)).session;
  const home = go(whole, { kind: "edge", direction: "older" });
  assert.equal(home.effects.length, 1, "the oldest must be read");
  const end = go(home.session, { kind: "edge", direction: "newer" }).session;
  assert.equal(placeOf(end), 40n);
  assert.equal(placeOf(answer(end, stretch(1, 20)).session), 40n);
});

test("whoever walks on while the log is read keeps his place and learns its number", () => {
  let { session } = go(joined(), { kind: "enter" });
  for (let step = 0; step < 15; step++) session = go(session, OLDER).session;
  assert.equal(placeOf(session), 25n);
  const again = answer(session, stretch(30, 40));
  assert.equal(placeOf(again.session), 25n, "this stretch does not reach the place");
  assert.deepEqual(again.effects, [
    { type: "readPast", readId: 2, room: "lobby", at: { zxid: 25n }, until: 40n },
  ]);
  const known = answer(again.session, stretch(20, 35)).session;
  assert.equal(placeOf(known), 25n);
  assert.equal(known.past?.stretch.place?.firstOrdinal, 20);
});

test("after a snapshot what lies between can still be walked to", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const whole = answer(entered, stretch(1, 40)).session;
  const snapshot = create(SnapshotSchema, { zxid: 90n });
  const jumped = updateSession(whole, { type: "snapshot", snapshot }, 0).session;
  assert.equal(placeOf(jumped), 40n);
  assert.deepEqual(go(jumped, NEWER).effects, [
    { type: "readPast", readId: 2, room: "lobby", at: { zxid: 40n }, until: 90n },
  ]);
});

test("a log that cannot be read leaves the screen where it is", () => {
  const entered = go(joined(), { kind: "enter" }).session;
  const failed = updateSession(
    entered,
    { type: "pastFailed", readId: 1, words: "no answer" },
    0,
  ).session;
  assert.equal(placeOf(failed), 40n);
  assert.equal(failed.past?.reading, undefined);
  assert.equal(failed.message?.text, "no answer");
});
