// Proves which typed texts are numbers of the game, and that every other one is told why not.
import assert from "node:assert/strict";
import test from "node:test";
import { typedValue } from "./guess-value.js";

test("whole numbers from 0 to 100 are taken, with space around them", () => {
  for (const [text, value] of [
    ["0", 0],
    ["100", 100],
    [" 45 ", 45],
    ["007", 7],
  ] as const) {
    assert.deepEqual(typedValue(text), { ok: true, value });
  }
});

test("anything else is refused with what it was and what is allowed", () => {
  for (const text of ["101", "-1", "4.5", "1e1", "0x10", "abc", "45 46", "٤٥"]) {
    const typed = typedValue(text);
    assert.ok(!typed.ok, text);
    assert.equal(typed.words, `"${text}" is not a whole number from 0 to 100.`);
  }
  assert.deepEqual(typedValue("  "), {
    ok: false,
    words: "Type a whole number from 0 to 100.",
  });
});
