// Proves that Enter is held back whenever it would do something else than when the typing began,
// with words that say what it does now; and only then.
import assert from "node:assert/strict";
import test from "node:test";
import type { GameEvent } from "../../game/event.js";
import { guess, joinedPage, pageAfter, target, told } from "../page-session.testing.js";
import { changeOfMeaning, enterMeaning } from "./enter-meaning.js";

const closed: GameEvent = {
  type: "RoundClosed",
  room: "lobby",
  round: 1,
  winner: "bob",
  guess: 45,
  distance: 5,
};
const unset = joinedPage();
const opened = pageAfter(unset, [target(1, 50)]);
const over = pageAfter(opened, [guess(1, "bob", 45), closed]);
const next = pageAfter(over, [target(2, 9)]);

function change(began: typeof opened, now: typeof opened): string | undefined {
  return changeOfMeaning(enterMeaning(began.session), enterMeaning(now.session));
}

test("guesses of others change nothing", () => {
  assert.equal(change(opened, pageAfter(opened, [guess(1, "bob", 45)])), undefined);
  for (const page of [unset, opened, over, next]) assert.equal(change(page, page), undefined);
});

test("a closed round, a new one and another room each change what Enter does", () => {
  assert.equal(
    change(opened, over),
    "The round has just been closed; press Enter again to set a target.",
  );
  const begun = "Round 2 has just begun; press Enter again to guess in it.";
  assert.equal(change(opened, next), begun);
  assert.equal(change(over, next), begun);
  assert.equal(change(unset, opened), "Round 1 has just begun; press Enter again to guess in it.");
  const attic = told(opened, { type: "enterRoom", room: "attic" });
  assert.equal(
    change(opened, attic),
    "This is room attic now; press Enter again to set a target there.",
  );
  assert.equal(change(attic, opened), "This is room lobby now; press Enter again to guess there.");
});
