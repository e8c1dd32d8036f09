// Proves that the window remembers enough, forgets by log order alone, and lets nothing happen
// twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvariantError } from "./invariant-error.js";
import { createRequestWindow, cutEntries, restoreRequestWindow } from "./request-window.js";

test("it knows the last n ids at least, twice as many at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.nat({ max: 40 }), (max, count) => {
      const window = createRequestWindow<number>(max);
      for (let id = 0; id < count; id += 1) window.record(String(id), id);
      for (let id = 0; id < count; id += 1) {
        const age = count - id;
        const found = window.find(String(id));
        if (age <= max) assert.equal(found, id);
        if (age > 2 * max) assert.equal(found, undefined);
        if (found !== undefined) assert.equal(found, id);
      }
    }),
  );
});

test("recording an id that is still known throws, one that was forgotten does not", () => {
  const window = createRequestWindow<number>(2);
  for (const id of ["a", "b", "c"]) window.record(id, 1);
  for (const id of ["a", "b", "c"]) {
    assert.throws(() => window.record(id, 2), InvariantError);
  }
  window.record("d", 1);
  window.record("a", 2);
  assert.equal(window.find("a"), 2);
});

test("a cut shows nothing that came later, and a window restored from it goes on alike", () => {
  fc.assert(
    fc.property(fc.nat({ max: 30 }), fc.nat({ max: 30 }), (before, after) => {
      const window = createRequestWindow<number>(5);
      for (let id = 0; id < before; id += 1) window.record(String(id), id);
      const cut = window.cut();
      const entriesAtOnce = [[...cutEntries(cut.previous)], [...cutEntries(cut.current)]];
      const restored = restoreRequestWindow(cut);
      for (let id = before; id < before + after; id += 1) {
        window.record(String(id), id);
        restored.record(String(id), id);
      }
      assert.deepEqual(
        [[...cutEntries(cut.previous)], [...cutEntries(cut.current)]],
        entriesAtOnce,
      );
      for (let id = 0; id < before + after; id += 1) {
        assert.equal(restored.find(String(id)), window.find(String(id)));
      }
    }),
  );
});
