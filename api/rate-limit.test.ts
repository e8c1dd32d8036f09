// Proves that an address gets its burst and then its rate, that others do not pay for it, and that
// no number of addresses makes the limit remember more than it may, or forget who used it up.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRateLimit } from "./rate-limit.js";

function limitOf(perSecond: number, burst: number, addressesMax = 100) {
  let now = 1000;
  const rate = createRateLimit({ perSecond, burst, addressesMax, nowMs: () => now });
  const passedOf = (address: string, count: number): number =>
    Array.from({ length: count }, () => rate.take(address)).filter((ms) => ms === 0).length;
  return {
    rate,
    passedOf,
    wait(ms: number) {
      now += ms;
    },
  };
}

test("a burst passes, then one request for each part of a second", () => {
  const { rate, passedOf, wait } = limitOf(10, 20);
  assert.equal(passedOf("a", 50), 20);
  assert.equal(rate.take("a"), 100, "it says when");
  wait(99);
  assert.equal(rate.take("a"), 1);
  wait(1);
  assert.equal(rate.take("a"), 0);
  wait(1000);
  assert.equal(passedOf("a", 50), 10);
  wait(1_000_000);
  assert.equal(passedOf("a", 50), 20, "and never more than a burst");
});

test("one address does not use up what is another's", () => {
  const { passedOf } = limitOf(10, 20);
  assert.equal(passedOf("a", 50), 20);
  assert.equal(passedOf("b", 50), 20);
});

test("no longer than a burst and the rate, whatever the pauses", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 200 }), (pauses) => {
      const { rate, wait } = limitOf(50, 5);
      let passed = 0;
      for (const ms of pauses) {
        wait(ms);
        if (rate.take("a") === 0) passed += 1;
      }
      const tookMs = pauses.reduce((sum, ms) => sum + ms, 0);
      assert.ok(passed <= 5 + tookMs / 20 + 0.001);
    }),
  );
});

test("addresses that have their burst again make room for new ones", () => {
  const { rate, passedOf, wait } = limitOf(10, 20, 3);
  for (const address of ["a", "b", "c"]) passedOf(address, 1);
  wait(100);
  passedOf("d", 1);
  assert.equal(rate.addresses(), 1);
});

test("when there is no room newcomers share one bucket, and nobody is forgotten", () => {
  const { rate, passedOf } = limitOf(10, 20, 2);
  assert.equal(passedOf("a", 20), 20);
  assert.equal(passedOf("b", 20), 20);
  let passed = 0;
  for (let guest = 0; guest < 100; guest += 1) passed += passedOf(`guest${guest}`, 1);
  assert.equal(passed, 20);
  assert.equal(rate.addresses(), 3);
  assert.equal(passedOf("a", 1), 0);
});
