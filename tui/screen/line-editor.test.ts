// Proves what each editing key does to a typed line, in characters as people count them.
import assert from "node:assert/strict";
import test from "node:test";
import { cursorColumn, edited, emptyLine, type Line } from "./line-editor.js";

function typed(line: Line, ...names: readonly string[]): Line {
  return names.reduce((now, name) => {
    const isText = [...name].length === 1;
    return edited(now, { name, text: isText ? name : "" }) ?? now;
  }, line);
}

test("text goes in where the cursor stands", () => {
  const line = typed(emptyLine, "4", "7", "left", "5");
  assert.deepEqual(line, { text: "457", cursor: 2 });
  assert.deepEqual(typed(line, "home", "1", "end", "9"), { text: "14579", cursor: 5 });
});

test("deleting takes whole characters, and nothing at the ends", () => {
  assert.deepEqual(typed(emptyLine, "backspace", "delete", "left", "right"), emptyLine);
  const marked = typed(emptyLine, "e", "\u0301", "x", "left", "backspace");
  assert.deepEqual(marked, { text: "x", cursor: 0 });
  assert.deepEqual(typed(marked, "delete"), emptyLine);
  const words = typed(emptyLine, ..."cut node1 node2");
  assert.equal(typed(words, "C-w").text, "cut node1 ");
  assert.equal(typed(words, "C-u").text, "");
});

test("the cursor counts columns, also over wide characters", () => {
  assert.equal(cursorColumn(typed(emptyLine, "小", "明")), 4);
  assert.equal(cursorColumn(typed(emptyLine, "小", "明", "left")), 2);
});

test("other keys are none of the editor's, and a line has an end", () => {
  assert.equal(edited(emptyLine, { name: "f1", text: "" }), undefined);
  const full = { text: "x".repeat(200), cursor: 200 };
  assert.equal(edited(full, { name: "y", text: "y" }), undefined);
});
