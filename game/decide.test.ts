// Proves the rules of the game: what each command brings about, and every refusal by the state.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  closeRound,
  given,
  guessSubmitted,
  roundClosed,
  setTarget,
  submitGuess,
  targetSet,
} from "./given-when-then.testing.js";

test("the first target brings the room into being with round 1", () => {
  const room = given().when(setTarget("dan", 45)).thenHappened(targetSet(1, 45));
  assert.deepEqual(room, {
    status: "open",
    name: "lobby",
    round: 1,
    target: 45,
    by: "dan",
    since: 1,
    guesses: [],
    guessCount: 0,
    closest: undefined,
    rounds: [],
    scores: new Map(),
  });
});

test("a new target without guesses opens the next round and nobody wins", () => {
  const room = given(targetSet(1, 45))
    .when(setTarget("eve", 0))
    .thenHappened(targetSet(2, 0, "eve"));
  assert.deepEqual(room?.rounds, []);
  assert.equal(room?.target, 0);
});

test("a new target closes a round with guesses first, in the same transaction", () => {
  const room = given(targetSet(1, 45), guessSubmitted(1, "bob", 46))
    .when(setTarget("eve", 9))
    .thenHappened(roundClosed(1, "bob", 46, 1), targetSet(2, 9, "eve"));
  assert.deepEqual(room?.scores, new Map([["bob", 1]]));
  assert.equal(room?.round, 2);
});

test("after a close a new target opens the next round", () => {
  given(targetSet(1, 45), guessSubmitted(1, "bob", 46), roundClosed(1, "bob", 46, 1))
    .when(setTarget("eve", 9))
    .thenHappened(targetSet(2, 9, "eve"));
});

test("any player may guess, again and again, the setter too", () => {
  given(targetSet(1, 45), guessSubmitted(1, "dan", 44))
    .when(submitGuess("dan", 45))
    .thenHappened(guessSubmitted(1, "dan", 45));
});

test("a guess counts in the round that is open", () => {
  const room = given(targetSet(1, 45), targetSet(2, 50))
    .when(submitGuess("bob", 47))
    .thenHappened(guessSubmitted(2, "bob", 47));
  assert.ok(room?.status === "open");
  assert.deepEqual(room.closest, { zxid: 3n, player: "bob", value: 47, distance: 3, time: 3 });
});

test("a guess needs a room", () => {
  given()
    .when(submitGuess("bob", 1))
    .thenRefused("NO_SUCH_ROOM", /no room "lobby" yet.*target/);
});

test("a guess needs an open round", () => {
  given(targetSet(1, 45), guessSubmitted(1, "bob", 46), roundClosed(1, "bob", 46, 1))
    .when(submitGuess("eve", 46))
    .thenRefused("NO_OPEN_ROUND", /Round 1 of room "lobby" is closed.*new target/);
});

test("closing makes the closest guess the target", () => {
  const room = given(targetSet(1, 45), guessSubmitted(1, "eve", 61), guessSubmitted(1, "bob", 46))
    .when(closeRound("eve"))
    .thenHappened(roundClosed(1, "bob", 46, 1));
  assert.deepEqual(room, {
    status: "closed",
    name: "lobby",
    round: 1,
    target: 46,
    by: "bob",
    since: 4,
    rounds: [{ round: 1, target: 45, winner: "bob", guess: 46, distance: 1, zxid: 4n }],
    scores: new Map([["bob", 1]]),
  });
});

test("of two guesses equally far the earlier wins", () => {
  given(targetSet(1, 45), guessSubmitted(1, "eve", 44), guessSubmitted(1, "bob", 46))
    .when(closeRound("bob"))
    .thenHappened(roundClosed(1, "eve", 44, 1));
});

test("closing needs a room, an open round and a guess", () => {
  given()
    .when(closeRound("bob"))
    .thenRefused("NO_SUCH_ROOM", /no room "lobby" yet/);
  given(targetSet(1, 45))
    .when(closeRound("bob"))
    .thenRefused("NO_GUESS", /at least one guess/);
  given(targetSet(1, 45), guessSubmitted(1, "bob", 46), roundClosed(1, "bob", 46, 1))
    .when(closeRound("bob"))
    .thenRefused("NO_OPEN_ROUND", /already closed/);
});

test("the closest guess wins, then the earliest, even among forgotten ones", () => {
  const values = fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(fc.nat({ max: 100 }), values, (target, guesses) => {
      const distances = guesses.map((guess) => Math.abs(guess - target));
      const distance = Math.min(...distances);
      const first = distances.indexOf(distance);
      given(
        targetSet(1, target),
        ...guesses.map((guess, index) => guessSubmitted(1, `player${index}`, guess)),
      )
        .when(closeRound("bob"))
        .thenHappened(roundClosed(1, `player${first}`, guesses[first] ?? -1, distance));
    }),
    { numRuns: 50 },
  );
});
