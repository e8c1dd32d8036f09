// Proves that beats stand on the clock, that missed ones are left out, and that a little lateness
// loses none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "./pace.js";

test("a beat is due at its moment, not before, and late answers do not shift the next", () => {
  const pace = createPace(1000, 50);
  assert.equal(pace.take(999), 0);
  assert.equal(pace.take(1000), 1);
  assert.equal(pace.take(1000), 0);
  assert.equal(pace.nextMs(), 1050);
  assert.equal(pace.take(1073), 1);
  assert.equal(pace.nextMs(), 1100);
});

test("whoever was held up plays once and skips the rest", () => {
  const pace = createPace(0, 50);
  assert.equal(pace.take(10_020), 1);
  assert.equal(pace.nextMs(), 10_050);
});

test("a fast pace keeps the beats of an inexact timer, and no more than those", () => {
  const pace = createPace(0, 1);
  assert.equal(pace.take(5), 6);
  assert.equal(pace.take(1005), 21);
  assert.equal(pace.nextMs(), 1006);
});
