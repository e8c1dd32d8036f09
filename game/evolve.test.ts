// Proves that state stays bounded, and that an event which cannot follow is never swallowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GameEvent } from "./event.js";
import { evolve } from "./evolve.js";
import {
  roundClosed as closed,
  guessSubmitted as guessed,
  roomAfter,
  targetSet,
} from "./given-when-then.testing.js";
import { InvariantError } from "./invariant-error.js";
import { GUESSES_MAX, ROUNDS_MAX, SCORES_MAX } from "./limits.js";

const range = (length: number) => Array.from({ length }, (_, index) => index);

test("a room keeps the newest guesses, counts all and never forgets the closest", () => {
  const guesses = range(GUESSES_MAX + 50).map((index) => guessed(1, "bob", index === 3 ? 10 : 99));
  const room = roomAfter([targetSet(1, 10), ...guesses]);
  assert.ok(room?.status === "open");
  assert.equal(room.guesses.length, GUESSES_MAX);
  assert.equal(room.guesses[0]?.zxid, 52n);
  assert.equal(room.guesses.at(-1)?.zxid, BigInt(GUESSES_MAX + 51));
  assert.equal(room.guessCount, GUESSES_MAX + 50);
  assert.equal(room.closest?.zxid, 5n);
});

test("a room keeps the newest closed rounds", () => {
  const rounds = range(ROUNDS_MAX + 7).flatMap((index) => [
    targetSet(index + 1, 10),
    guessed(index + 1, "bob", 10),
    closed(index + 1, "bob", 10, 0),
  ]);
  const room = roomAfter(rounds);
  assert.equal(room?.rounds.length, ROUNDS_MAX);
  assert.equal(room?.rounds[0]?.round, 8);
  assert.equal(room?.rounds.at(-1)?.round, ROUNDS_MAX + 7);
  assert.deepEqual(room?.scores, new Map([["bob", ROUNDS_MAX + 7]]));
});

test("a newcomer takes the lowest place of a full table of scores, the last by name", () => {
  const wonBy = (round: number, player: string) => [
    targetSet(round, 10),
    guessed(round, player, 10),
    closed(round, player, 10, 0),
  ];
  const name = (index: number) => `player${String(index).padStart(4, "0")}`;
  const full = range(SCORES_MAX).flatMap((index) => wonBy(index + 1, name(index)));
  const champion = wonBy(SCORES_MAX + 1, name(SCORES_MAX - 1));
  const newcomer = wonBy(SCORES_MAX + 2, "aaa");
  const scores = roomAfter([...full, ...champion, ...newcomer])?.scores;
  assert.equal(scores?.size, SCORES_MAX);
  assert.equal(scores?.get("aaa"), 1);
  assert.equal(scores?.get(name(SCORES_MAX - 1)), 2);
  assert.equal(scores?.has(name(SCORES_MAX - 2)), false);
});

test("a change of leader touches no room", () => {
  const room = roomAfter([targetSet(1, 10)]);
  const leader: GameEvent = { type: "LeaderEstablished", epoch: 2, nodeId: "node1" };
  assert.equal(evolve(room, leader, { zxid: 9n, time: 9 }), room);
});

test("what another room was told is left alone: a room is replaced, never changed", () => {
  const before = roomAfter([targetSet(1, 10), guessed(1, "bob", 9)]);
  const copy = structuredClone(before);
  for (const event of [guessed(1, "eve", 10), closed(1, "bob", 9, 1)]) {
    evolve(before, event, { zxid: 9n, time: 9 });
  }
  assert.deepEqual(before, copy);
});

test("an event that cannot follow throws", () => {
  const cases: Record<string, GameEvent[]> = {
    "a guess before any target": [guessed(1, "bob", 9)],
    "a close before any target": [closed(1, "bob", 9, 1)],
    "a first round that is not 1": [targetSet(2, 10)],
    "a skipped round": [targetSet(1, 10), targetSet(3, 10)],
    "a round again": [targetSet(1, 10), targetSet(1, 10)],
    "a guess for the round before": [targetSet(1, 10), targetSet(2, 10), guessed(1, "bob", 9)],
    "a guess after the close": [
      targetSet(1, 10),
      guessed(1, "bob", 9),
      closed(1, "bob", 9, 1),
      guessed(1, "bob", 9),
    ],
    "a close without a guess": [targetSet(1, 10), closed(1, "bob", 9, 1)],
    "a target over guesses": [targetSet(1, 10), guessed(1, "bob", 9), targetSet(2, 10)],
    "another room's guess": [targetSet(1, 10), { ...guessed(1, "b", 9), room: "x" } as GameEvent],
    "another room's target": [targetSet(1, 10), { ...targetSet(2, 9), room: "x" } as GameEvent],
    "an unknown event": [{ type: "PrizeGiven" } as unknown as GameEvent],
  };
  for (const [what, events] of Object.entries(cases)) {
    assert.throws(() => roomAfter(events), InvariantError, what);
    assert.doesNotThrow(() => roomAfter(events.slice(0, -1)), what);
  }
});
