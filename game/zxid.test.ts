// Proves that people and programs read the zxid that was written, and that nonsense is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { counterOf, epochOf, formatZxid, parseZxid, zxidOf } from "./zxid.js";

const uint32 = fc.nat({ max: 0xffff_ffff });

test("a zxid survives both of its written forms", () => {
  fc.assert(
    fc.property(uint32, uint32, (epoch, counter) => {
      const zxid = zxidOf(epoch, counter);
      assert.equal(epochOf(zxid), epoch);
      assert.equal(counterOf(zxid), counter);
      assert.equal(parseZxid(formatZxid(zxid)), zxid);
      assert.equal(parseZxid(zxid.toString()), zxid);
    }),
  );
});

test("epoch.counter is what people see", () => {
  assert.equal(formatZxid(12_884_903_730n), "3.1842");
  assert.equal(parseZxid("3.1842"), 12_884_903_730n);
});

test("what is no zxid is refused", () => {
  const wrong = [
    "",
    "3.",
    ".1",
    "-1",
    "1e3",
    "0x10",
    " 3.1",
    "3.1.1",
    "4294967296.0",
    "0.4294967296",
  ];
  for (const text of [...wrong, "18446744073709551616"]) {
    assert.equal(parseZxid(text), undefined, text);
  }
  assert.equal(parseZxid("18446744073709551615"), zxidOf(0xffff_ffff, 0xffff_ffff));
});
