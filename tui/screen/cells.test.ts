// Proves that text is laid out as terminals do it: how many columns it takes, where it is cut,
// where it is broken.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { cellsOf, fit, fitRight, widthOf, wrap } from "./cells.js";

test("wide characters take two cells, marks none, symbols one", () => {
  assert.deepEqual(cellsOf("a小b"), ["a", "小", "", "b"]);
  assert.deepEqual(cellsOf("e\u0301x"), ["e\u0301", "x"]);
  assert.deepEqual(cellsOf("★─◆"), ["★", "─", "◆"]);
});

test("the short way for simple texts comes to the same as the long one", () => {
  const symbols = fc.constantFrom(..."aZ~ ─│┌┐└┘├┤┼═║╔╗╚╝━★●◌✕○◆▲▼◀▶▁▂▃▄▅▆▇█▀✓…›→←↑↓·•±▸");
  fc.assert(
    fc.property(fc.array(symbols), (letters) => {
      const text = letters.join("");
      assert.equal(widthOf(text), stringWidth(text));
      assert.equal(cellsOf(text).length, letters.length);
    }),
  );
});

test("text is fitted to its columns and never cut through a character", () => {
  assert.equal(fit("ann", 5), "ann  ");
  assert.equal(fit("anneliese", 5), "anne…");
  assert.equal(fit("小明明", 4), "小 …");
  assert.equal(fit("ann", 0), "");
  assert.equal(fitRight("7", 3), "  7");
  assert.equal(fitRight("12345", 3), "12…");
});

test("lines are broken at spaces, and every word is kept", () => {
  assert.deepEqual(wrap("the closest guess wins", 11), ["the closest", "guess wins"]);
  assert.deepEqual(wrap("", 5), [""]);
  assert.deepEqual(wrap("extraordinarily so", 6), ["extra…", "so"]);
});
