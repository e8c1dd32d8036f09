// Proves that a zxid orders entries by epoch first and counter second, loses neither at the ends of
// their ranges, and prints as epoch.counter.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { COUNTER_MAX, counterOf, epochOf, formatZxid, ZXID_ZERO, zxidOf } from "./zxid.js";

const anyPart = fc.oneof(
  fc.constantFrom(0, 1, COUNTER_MAX - 1, COUNTER_MAX),
  fc.integer({ min: 0, max: COUNTER_MAX }),
);

test("epoch and counter come back out of a zxid", () => {
  fc.assert(
    fc.property(anyPart, anyPart, (epoch, counter) => {
      const zxid = zxidOf(epoch, counter);
      assert.equal(epochOf(zxid), epoch);
      assert.equal(counterOf(zxid), counter);
      assert.equal(formatZxid(zxid), `${epoch}.${counter}`);
    }),
  );
});

test("zxids compare by epoch, then by counter", () => {
  fc.assert(
    fc.property(anyPart, anyPart, anyPart, anyPart, (epoch, counter, epoch2, counter2) => {
      const before = epoch < epoch2 || (epoch === epoch2 && counter < counter2);
      assert.equal(zxidOf(epoch, counter) < zxidOf(epoch2, counter2), before);
    }),
  );
});

test("the last counter of an epoch is followed by the next epoch's marker", () => {
  assert.equal(zxidOf(3, COUNTER_MAX) + 1n, zxidOf(4, 0));
  assert.equal(zxidOf(0, 0), ZXID_ZERO);
});
