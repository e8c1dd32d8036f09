// Proves how bots choose: closest takes the lead and then the nearest free place, random stays in
// the range, and bisect finds every target in seven guesses, whatever chance does.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { OpenRoom } from "../../game/room.js";
import { afterGuess, type JudgedGuess, nothingLearned } from "./learned.js";
import { createRandom } from "./random.js";
import { nextGuess } from "./strategy.js";

const random = createRandom(42, "test");

/** `lead`: a leading guess that is not among the newest ones any more. */
function roomWith(target: number, values: readonly number[], lead?: number): OpenRoom {
  const place = (value: number, index: number) => {
    const zxid = BigInt(index + 1);
    return { zxid, player: "ann", value, distance: Math.abs(value - target), time: 1 };
  };
  const guesses = values.map(place);
  const closest =
    lead === undefined ? guesses.toSorted((a, b) => a.distance - b.distance)[0] : place(lead, 0);
  return {
    status: "open",
    name: "lobby",
    round: 3,
    target,
    by: "dan",
    since: 1,
    rounds: [],
    scores: new Map(),
    guesses,
    guessCount: guesses.length,
    closest,
  };
}

function judged(round: number, value: number, target: number): JudgedGuess {
  const verdict = value === target ? "exact" : value < target ? "low" : "high";
  return { round, value, verdict };
}

function closestGuesses(room: OpenRoom): ReadonlySet<number | undefined> {
  const learned = nothingLearned(3);
  return new Set(Array.from({ length: 200 }, () => nextGuess("closest", random, room, learned)));
}

test("closest takes the lead, then the nearest free place on either side", () => {
  assert.deepEqual(closestGuesses(roomWith(50, [49, 51])), new Set([50]));
  assert.deepEqual(closestGuesses(roomWith(50, [50])), new Set([49, 51]));
  assert.deepEqual(closestGuesses(roomWith(50, [50, 51])), new Set([49]));
  assert.deepEqual(
    closestGuesses(roomWith(50, [40], 50)),
    new Set([49, 51]),
    "pushed off the list",
  );
});

test("closest stays in the range at both ends", () => {
  assert.deepEqual(closestGuesses(roomWith(0, [0])), new Set([1]));
  assert.deepEqual(closestGuesses(roomWith(100, [100, 99])), new Set([98]));
});

test("closest guesses anything once all near places are taken", () => {
  const near = Array.from({ length: 21 }, (_, index) => 40 + index);
  assert.ok(closestGuesses(roomWith(50, near)).size > 50);
});

test("random reaches the whole range and nothing else", () => {
  const room = roomWith(50, []);
  const learned = nothingLearned(3);
  const guesses = Array.from({ length: 3000 }, () => nextGuess("random", random, room, learned));
  assert.deepEqual(new Set(guesses), new Set(Array.from({ length: 101 }, (_, value) => value)));
});

test("bisect finds any target in at most seven guesses", () => {
  const chance = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
    minLength: 7,
    maxLength: 7,
  });
  fc.assert(
    fc.property(fc.nat({ max: 100 }), chance, (target, draws) => {
      const room = roomWith(target, []);
      let learned = nothingLearned(3);
      for (const draw of draws) {
        const value = nextGuess("bisect", () => draw, room, learned);
        assert.ok(value !== undefined);
        if (value === target) return;
        learned = afterGuess(learned, judged(3, value, target), false);
      }
      assert.fail(`${target} was not found`);
    }),
    { numRuns: 2000 },
  );
});

test("bisect waits after a hit, begins anew in the next round, or at once if told to", () => {
  const room = roomWith(50, []);
  const found = afterGuess(nothingLearned(3), judged(3, 50, 50), false);
  assert.equal(nextGuess("bisect", random, room, found), undefined);
  assert.notEqual(nextGuess("bisect", random, { ...room, round: 4 }, found), undefined);
  assert.deepEqual(afterGuess(found, judged(4, 60, 70), false), {
    round: 4,
    low: 61,
    high: 100,
    isFound: false,
  });
  assert.deepEqual(afterGuess(nothingLearned(3), judged(3, 50, 50), true), nothingLearned(3));
});

test("what is heard late of an older round changes nothing", () => {
  const learned = afterGuess(nothingLearned(3), judged(3, 10, 50), false);
  assert.equal(afterGuess(learned, judged(2, 50, 50), false), learned);
});

test("several bots do not all begin with the same guess", () => {
  const room = roomWith(50, []);
  const names = Array.from({ length: 20 }, (_, index) => `bot${index}`);
  const firsts = names.map((name) =>
    nextGuess("bisect", createRandom(1, name), room, nothingLearned(3)),
  );
  assert.ok(new Set(firsts).size > 5, firsts.join(" "));
  const again = names.map((name) =>
    nextGuess("bisect", createRandom(1, name), room, nothingLearned(3)),
  );
  assert.deepEqual(again, firsts, "the same seed gives the same choices");
});
