// Proves that deciding ahead of the commits gives what deciding one by one would have given, that a
// repeat gets the first outcome, and that a no names what it rests on.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "./command.js";
import { createDecider, type Verdict } from "./decider.js";
import { createGame } from "./game.js";
import { closeRound, setTarget, submitGuess, targetSet } from "./given-when-then.testing.js";
import { InvariantError } from "./invariant-error.js";
import { ROOMS_MAX } from "./limits.js";
import { anyCommand, anyStep, createTable } from "./table.testing.js";
import { zxidOf } from "./zxid.js";

const withoutPlace = (verdict: Verdict) =>
  verdict.kind === "rejection" ? { ...verdict, decidedAt: undefined } : verdict;

test("deciding ahead of any number of commits gives the same as one by one", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const ahead = createTable();
      const oneByOne = createTable();
      for (const step of steps) {
        if (typeof step === "number") {
          ahead.apply(step);
        } else {
          const verdict = oneByOne.submit(step);
          oneByOne.apply();
          assert.deepEqual(withoutPlace(ahead.submit(step)), withoutPlace(verdict));
        }
      }
      ahead.apply();
      assert.deepEqual(ahead.log, oneByOne.log);
      assert.deepEqual(ahead.game.rooms, oneByOne.game.rooms);
    }),
  );
});

test("each request id happens at most once and every repeat gets its first outcome", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const table = createTable();
      const outcomes = new Map<string, unknown>();
      for (const step of steps) {
        if (typeof step === "number") {
          table.apply(step);
          continue;
        }
        const verdict = table.submit(step);
        const first = outcomes.get(step.requestId);
        if (step.requestId === "") assert.notEqual(verdict.kind, "repeat");
        else if (first !== undefined) assert.deepEqual(verdict, first);
        else if (verdict.kind === "rejection") outcomes.set(step.requestId, verdict);
        else outcomes.set(step.requestId, repeatOf(step, table.log.at(-1)));
      }
      const ids = table.log.map(({ requestId }) => requestId).filter((id) => id !== "");
      assert.equal(new Set(ids).size, ids.length);
    }),
  );
});

test("a repeat is known while outstanding, when committed, and to the next leader", () => {
  const table = createTable();
  table.submit(setTarget("dan", 45, "r1"));
  const repeat = { kind: "repeat", zxid: zxidOf(1, 1), round: 1 };
  assert.deepEqual(table.submit(setTarget("dan", 45, "r1")), repeat);
  table.apply();
  assert.deepEqual(table.submit(setTarget("dan", 45, "r1")), repeat);
  assert.deepEqual(createTable(table.game).submit(setTarget("dan", 45, "r1")), repeat);
});

test("a new leader counts in what its log holds and the game has not applied yet", () => {
  const table = createTable();
  table.submit(setTarget("dan", 45, "r1"));
  const next = createDecider(table.game);
  for (const transaction of table.log.slice(1)) next.proposed(transaction);
  assert.equal(next.decide(setTarget("dan", 45, "r1")).kind, "repeat");
  assert.equal(next.decide(submitGuess("bob", 46)).kind, "events");
  assert.equal(next.time(0), table.log.at(-1)?.time);
});

test("what an earlier leader proposed and never committed leaves no trace", () => {
  const table = createTable();
  table.submit(setTarget("dan", 45, "r1"));
  const verdict = createTable(table.game).submit(submitGuess("bob", 46));
  assert.ok(verdict.kind === "rejection");
  assert.equal(verdict.rejection.reason, "NO_SUCH_ROOM");
});

test("a no rests on the newest outstanding transaction about its room", () => {
  const table = createTable();
  const no = (command: Command) => {
    const verdict = table.submit(command);
    assert.ok(verdict.kind === "rejection");
    return [verdict.rejection.reason, verdict.decidedAt];
  };
  assert.deepEqual(no(submitGuess("bob", 46)), ["NO_SUCH_ROOM", zxidOf(1, 0)]);
  table.submit(setTarget("dan", 45));
  table.submit({ ...setTarget("dan", 45), room: "attic" });
  assert.deepEqual(no(closeRound("bob")), ["NO_GUESS", zxidOf(1, 1)]);
  table.submit(submitGuess("bob", 46));
  table.submit(closeRound("bob"));
  assert.deepEqual(no(submitGuess("bob", 46)), ["NO_OPEN_ROUND", zxidOf(1, 4)]);
  table.apply(3);
  assert.deepEqual(no(submitGuess("bob", 46)), ["NO_OPEN_ROUND", zxidOf(1, 4)]);
  table.apply();
  table.submit({ ...setTarget("dan", 45), room: "attic" });
  assert.deepEqual(no(submitGuess("bob", 46)), ["NO_OPEN_ROUND", zxidOf(1, 4)]);
});

test("a late duplicate of a refused command is refused in the same words", () => {
  const table = createTable();
  const first = table.submit(submitGuess("bob", 46, "r1"));
  table.submit(setTarget("dan", 45));
  table.apply();
  assert.equal(first.kind, "rejection");
  assert.deepEqual(table.submit(submitGuess("bob", 46, "r1")), first);
  assert.equal(table.submit(submitGuess("bob", 46, "r2")).kind, "events");
});

test("the memory of refusals is bounded", () => {
  const table = createTable(createGame(), 2);
  for (const id of ["r1", "r2", "r3", "r4"]) table.submit(submitGuess("bob", 46, id));
  table.submit(setTarget("dan", 45));
  assert.equal(table.submit(submitGuess("bob", 46, "r3")).kind, "rejection");
  assert.equal(table.submit(submitGuess("bob", 46, "r1")).kind, "events");
});

test("an id that the log's window forgot is a new command", () => {
  const table = createTable(createGame(1));
  table.submit(setTarget("dan", 45, "r1"));
  table.submit(setTarget("dan", 45, "r2"));
  table.apply();
  assert.equal(table.submit(setTarget("dan", 45, "r2")).kind, "repeat");
  assert.equal(table.submit(setTarget("dan", 45, "r1")).kind, "events");
});

test("there are at most so many rooms, outstanding ones included", () => {
  const table = createTable();
  for (let index = 0; index < ROOMS_MAX; index += 1) {
    const room = `room${index}`;
    assert.equal(table.submit({ ...setTarget("dan", 45), room }).kind, "events");
    if (index === ROOMS_MAX / 2) table.apply(ROOMS_MAX / 4);
  }
  const verdict = table.submit(setTarget("dan", 45));
  assert.ok(verdict.kind === "rejection");
  assert.equal(verdict.rejection.reason, "TOO_MANY_ROOMS");
  assert.match(verdict.rejection.message, /Room "lobby".*at most 1000 rooms/);
  assert.equal(verdict.decidedAt, zxidOf(1, ROOMS_MAX));
  table.apply();
  assert.equal(table.submit(closeRound("dan")).kind, "rejection");
  assert.equal(table.submit({ ...setTarget("dan", 45), room: "room7" }).kind, "events");
});

test("log time never goes back, whatever the clocks do", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e13, noNaN: true })), (nows) => {
      const decider = createDecider(createGame());
      let last = 0;
      for (const now of nows) {
        const time = decider.time(now);
        assert.ok(Number.isInteger(time) && time >= last && time >= Math.trunc(now));
        last = time;
      }
    }),
  );
});

test("a gap in what is proposed, or settling before applying, throws", () => {
  const decider = createDecider(createGame());
  const transaction = { time: 1, requestId: "", events: [targetSet(1, 45)] };
  const gap = { ...transaction, zxid: zxidOf(1, 2), prev: zxidOf(1, 1) };
  assert.throws(() => decider.proposed(gap), InvariantError);
  decider.proposed({ ...transaction, zxid: zxidOf(1, 1), prev: 0n });
  assert.throws(() => decider.settled(zxidOf(1, 1)), InvariantError);
});

test("a command with every id that ever happened is a repeat after all of it settled", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 100 }), (commands) => {
      const table = createTable();
      for (const command of commands) table.submit(command);
      table.apply();
      for (const { requestId, zxid } of table.log) {
        if (requestId === "") continue;
        const verdict = table.submit(setTarget("dan", 1, requestId));
        assert.ok(verdict.kind === "repeat" && verdict.zxid === zxid);
      }
    }),
  );
});

function repeatOf(
  { type }: Command,
  transaction: { zxid: bigint; events: readonly object[] } | undefined,
) {
  const wanted = {
    SetTarget: "TargetSet",
    SubmitGuess: "GuessSubmitted",
    CloseRound: "RoundClosed",
  };
  const event = transaction?.events.find((event) => "type" in event && event.type === wanted[type]);
  const round = event !== undefined && "round" in event ? event.round : undefined;
  return { kind: "repeat", zxid: transaction?.zxid, round };
}
