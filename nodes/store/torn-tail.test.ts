// Proves that only what a crash can leave of an unfinished append is taken for torn: any beginning
// of a line, and blocks that were never written. Whatever else stands at the end is damage.
import assert from "node:assert/strict";
import test from "node:test";
import { zxidOf } from "../zab/zxid.js";
import { documentOfEntry, documentOfRecord, lineOf } from "./log-document.js";
import { isTorn } from "./torn-tail.js";

const LINES = [
  lineOf(documentOfEntry({ zxid: zxidOf(3, 0), text: '{"a":"ü \\" }{"}', crc: 7 })),
  lineOf(documentOfRecord({ kind: "promise", epoch: 4, to: "node2" }, 5)),
  lineOf(documentOfRecord({ kind: "commit", zxid: zxidOf(3, 1) }, 6)),
];

/** A tail after sound lines that end at `from`. */
function tail(from: number, ...parts: readonly (string | number)[]): boolean {
  const pieces = parts.map((part) => (typeof part === "number" ? Buffer.alloc(part) : part));
  const bytes = Buffer.concat([
    Buffer.alloc(from, "x"),
    ...pieces.map((piece) => Buffer.from(piece)),
  ]);
  return isTorn(bytes, from);
}

test("every beginning of a line is torn, also all of it without its newline", () => {
  for (const line of LINES) {
    const bytes = Buffer.from(line);
    for (let size = 0; size < bytes.length; size++) {
      assert.ok(isTorn(bytes.subarray(0, size), 0), `${size} bytes of ${line}`);
    }
  }
});

test("blocks that were never written are torn from the sound end or a sector's end on", () => {
  assert.ok(tail(700, 1));
  assert.ok(tail(700, 324, 512));
  const line = LINES[0] ?? "";
  for (let size = 1; size < 40; size++) {
    assert.ok(tail(1024 - size, line.slice(0, size), 900), "up to the sector's end");
    assert.ok(!tail(1000 - size, line.slice(0, size), 900), "the middle of a sector is not lost");
  }
});

test("whatever else stands there is damage", () => {
  const [line = ""] = LINES;
  const whole = line.trimEnd();
  assert.ok(!tail(0, whole, "x"), "a document that goes on");
  assert.ok(!tail(0, whole, "\u000b"), "a newline that was changed");
  assert.ok(!tail(10, whole, 50), "a document and NULs where no sector begins");
  assert.ok(!tail(100, 412, whole), "a later block is there and an earlier one is not");
  assert.ok(!tail(100, 924, line.slice(0, 30)));
  assert.ok(!tail(0, "garbage"));
  assert.ok(!tail(0, '{"id":"0000'));
  assert.ok(!tail(0, `${line.slice(0, 30)}\u0001`));
  for (let at = 0; at < 8; at++) {
    assert.ok(!tail(0, `${line.slice(0, at)}~${line.slice(at + 1, 30)}`), `changed at ${at}`);
  }
});
