// Proves what is drawn on the number line: each guess once, piles that stay bounded, the closest
// above all others, hollow marks for what waits, and motion only for what has just happened.
import assert from "node:assert/strict";
import test from "node:test";
import type { PageModel } from "../page-model.js";
import { guess, joinedPage, pageAfter, target, told } from "../page-session.testing.js";
import { lineMarks } from "./line-marks.js";

const marksOf = ({ session, stillUpTo }: PageModel) => lineMarks(session, stillUpTo);
const opened = pageAfter(joinedPage(), [target(1, 50)]);

test("guesses are marked by whose they are, the closest last and lowest in its pile", () => {
  const page = pageAfter(opened, [
    guess(1, "bob", 45),
    guess(1, "ann", 10),
    guess(1, "eve", 45),
    guess(1, "eve", 90),
  ]);
  const { marks } = marksOf(page);
  assert.deepEqual(
    marks.map(({ words, kind, height }) => [words, kind, height]),
    [
      ["you 10", "own", 0],
      ["eve 45", "other", 1],
      ["eve 90", "other", 0],
      ["bob 45, closest", "closest", 0],
    ],
  );
});

test("a high pile is cut and says how many more there are", () => {
  const many = Array.from({ length: 12 }, (_, index) => guess(1, `p${index}`, 30));
  const { marks, hidden } = marksOf(pageAfter(opened, many));
  assert.equal(marks.length, 5);
  assert.deepEqual(hidden, [{ value: 30, count: 7, words: "7 more of 30" }]);
});

test("counts of near piles are one, so that none is written over another", () => {
  const piles = [33, 30, 41, 39, 90].flatMap((value) =>
    Array.from({ length: 7 }, (_, index) => guess(1, `p${index}`, value)),
  );
  const { hidden } = marksOf(pageAfter(opened, piles));
  assert.deepEqual(hidden, [
    { value: 30, count: 6, words: "2 more of 30, 2 more of 33, 2 more of 39" },
    { value: 41, count: 2, words: "2 more of 41" },
    { value: 90, count: 2, words: "2 more of 90" },
  ]);
});

test("only what came while the page looked drops onto the line", () => {
  const first = pageAfter(opened, [guess(1, "bob", 45)]);
  assert.deepEqual(
    marksOf(first).marks.map(({ isFresh }) => isFresh),
    [true],
  );
  const back = told(told(first, { type: "travel", move: { kind: "enter" } }), {
    type: "travel",
    move: { kind: "leave" },
  });
  assert.deepEqual(
    marksOf(back).marks.map(({ isFresh }) => isFresh),
    [false],
  );
  const next = pageAfter(back, [guess(1, "eve", 60)]);
  assert.deepEqual(
    marksOf(next).marks.map(({ words, isFresh }) => [words, isFresh]),
    [
      ["eve 60", true],
      ["bob 45, closest", false],
    ],
  );
});

test("a guess on its way waits hollow, and is drawn as a guess only when the stream has it", () => {
  const waiting = told(opened, {
    type: "wish",
    wish: { kind: "guess", value: 33 },
    requestId: "r1",
  });
  assert.deepEqual(marksOf(waiting), {
    marks: [],
    hidden: [],
    waiting: [{ requestId: "r1", value: 33 }],
  });
  const elsewhere = told(waiting, { type: "enterRoom", room: "attic" });
  assert.deepEqual(marksOf(elsewhere).waiting, []);
  const past = told(waiting, { type: "travel", move: { kind: "enter" } });
  assert.deepEqual(marksOf(past).waiting, []);
});

test("a closed round and an unknown room have no marks", () => {
  const closed = pageAfter(opened, [
    guess(1, "bob", 45),
    { type: "RoundClosed", room: "lobby", round: 1, winner: "bob", guess: 45, distance: 5 },
  ]);
  assert.deepEqual(marksOf(closed).marks, []);
  assert.deepEqual(marksOf(joinedPage()).marks, []);
});
