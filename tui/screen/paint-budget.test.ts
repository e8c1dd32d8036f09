// Proves that there are never more than 30 paints in a second, whatever is asked for, that a quiet
// screen paints at once, and that news from others leaves room for the player's own.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { createPaintBudget } from "./paint-budget.js";

test("no second has more than 30 paints", () => {
  const asks = fc.array(fc.record({ afterMs: fc.nat(60), urgent: fc.boolean() }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(asks, (wishes) => {
      const budget = createPaintBudget();
      const paints: number[] = [];
      let nowMs = 0;
      for (const { afterMs, urgent } of wishes) {
        nowMs += afterMs;
        const waitMs = budget.waitMs(nowMs, urgent);
        nowMs += waitMs;
        assert.ok(waitMs >= 0 && waitMs <= 45, `${waitMs} ms of waiting`);
        budget.painted(nowMs);
        paints.push(nowMs);
      }
      for (const [index, endMs] of paints.entries()) {
        const inSecond = paints.slice(0, index + 1).filter((atMs) => atMs > endMs - 1000);
        assert.ok(inSecond.length <= 30, `${inSecond.length} in the second before ${endMs}`);
      }
    }),
  );
});

test("a quiet screen paints a key and what comes of it at once", () => {
  const budget = createPaintBudget();
  assert.equal(budget.waitMs(0, true), 0);
  budget.painted(0);
  assert.equal(budget.waitMs(3, true), 0);
  budget.painted(3);
});

test("under a flood of news there is still a paint left for the player", () => {
  const budget = createPaintBudget();
  let nowMs = 0;
  for (let paint = 0; paint < 100; paint++) {
    nowMs += budget.waitMs(nowMs, false);
    budget.painted(nowMs);
  }
  assert.ok(budget.waitMs(nowMs, false) > 30);
  assert.equal(budget.waitMs(nowMs, true), 0);
});
