// Proves that every symbol of the screen has one ASCII character, that nothing else gets through,
// and which locales ask for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiCell, wantsAscii } from "./glyphs.js";

const SYMBOLS = "─│┌┐└┘├┤┬┴┼━┃┏┓┗┛╔╗╚╝═║★●◌✕○◆▲▼◀▶▸▁▂▃▄▅▆▇█▀▌▐✓…›‹→←↑↓·•–—“”’×±≥≤";

test("every symbol has a character of its own width that says something", () => {
  for (const symbol of SYMBOLS) assert.match(asciiCell(symbol), /^[!->@-~]$/, symbol);
});

test("printable ASCII stays itself, and nothing stays nothing", () => {
  for (let code = 0x20; code < 0x7f; code++) {
    const cell = String.fromCharCode(code);
    assert.equal(asciiCell(cell), cell);
  }
  assert.equal(asciiCell(""), "");
});

test("everything else is a question mark", () => {
  for (const cell of ["é", "e\u0301", "漢", "😀", "\x1b", "\x7f", "\x9b", "\n", "ab"]) {
    assert.equal(asciiCell(cell), "?", JSON.stringify(cell));
  }
});

test("symbols that tell states apart stay apart", () => {
  for (const group of ["★●◌✕○◆✓", "▁▂▃▄▅▆▇█", "◀▶▲▼", "─│┌"]) {
    assert.equal(new Set([...group].map(asciiCell)).size, group.length, group);
  }
});

test("only a locale that says something else than UTF-8 wants ASCII", () => {
  const cases: [Record<string, string | undefined>, boolean][] = [
    [{}, false],
    [{ LANG: "en_US.UTF-8" }, false],
    [{ LANG: "de_DE.utf8" }, false],
    [{ LANG: "C" }, true],
    [{ LANG: "de_DE.ISO-8859-1" }, true],
    [{ LANG: "" }, false],
    [{ LC_CTYPE: "C.UTF-8", LANG: "C" }, false],
    [{ LC_CTYPE: "POSIX", LANG: "C.UTF-8" }, true],
    [{ LC_ALL: "C", LC_CTYPE: "C.UTF-8", LANG: "C.UTF-8" }, true],
    [{ LC_ALL: "", LC_CTYPE: "", LANG: "C.UTF-8" }, false],
    [{ LC_ALL: undefined, LANG: "C" }, true],
  ];
  for (const [env, ascii] of cases) assert.equal(wantsAscii(env), ascii, JSON.stringify(env));
});
