// Proves when bots set a target by themselves: at once where there is no room, a while after a
// round's end or a hit, and never in a round that goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Room } from "../../game/room.js";
import { createTargetTimer } from "./target-timer.js";

function room(round: number, state: "closed" | "guessed" | "hit"): Room {
  const shared = { name: "lobby", round, target: 50, by: "dan", since: 1 };
  const rest = { rounds: [], scores: new Map<string, number>() };
  if (state === "closed") return { status: "closed", ...shared, ...rest };
  const distance = state === "hit" ? 0 : 4;
  const guess = { zxid: 1n, player: "ann", value: 50 - distance, distance, time: 1 };
  const guesses = { guesses: [guess], guessCount: 1, closest: guess };
  return { status: "open", ...shared, ...rest, ...guesses };
}

/** When a timer that is asked every 100 ms first says so. */
function firstDueMs(state: Room | undefined, chance: number): number | undefined {
  const timer = createTargetTimer(() => chance);
  for (let nowMs = 0; nowMs <= 60_000; nowMs += 100) if (timer.isDue(state, nowMs)) return nowMs;
  return undefined;
}

test("a missing room is opened at once", () => {
  assert.equal(firstDueMs(undefined, 0.5), 0);
});

test("a closed round gets a successor after 3 to 6 s", () => {
  assert.equal(firstDueMs(room(1, "closed"), 0), 3000);
  assert.equal(firstDueMs(room(1, "closed"), 0.999), 6000);
});

test("a hit ends the round 3 to 6 s after its first 8 s; without a hit it goes on", () => {
  assert.equal(firstDueMs(room(1, "hit"), 0), 11_000);
  assert.equal(firstDueMs(room(1, "guessed"), 0), undefined);
});

test("the age of a round counts from its beginning, not from the hit", () => {
  const timer = createTargetTimer(() => 0);
  assert.equal(timer.isDue(room(1, "guessed"), 0), false);
  assert.equal(timer.isDue(room(1, "hit"), 20_000), false);
  assert.equal(timer.isDue(room(1, "hit"), 23_000), true);
});

test("after a try, and after somebody else's target, it waits anew", () => {
  const timer = createTargetTimer(() => 0);
  timer.isDue(room(1, "closed"), 0);
  assert.equal(timer.isDue(room(1, "closed"), 3000), true);
  timer.tried(3000);
  assert.equal(timer.isDue(room(1, "closed"), 5900), false);
  assert.equal(timer.isDue(room(1, "closed"), 6000), true);
  assert.equal(timer.isDue(room(2, "guessed"), 6100), false);
  assert.equal(timer.isDue(room(2, "closed"), 6200), false);
});
