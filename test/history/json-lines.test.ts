// Proves that a history comes back from its file as it was, that a file which is none is refused
// with the place, and that the program says with its exit code what it has found.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { committed, guess, historyOf, open, READ, rejected, saw, target } from "./hand-written.js";
import { fromJsonLines, loadHistory, saveHistory, toJsonLines } from "./json-lines.js";
import { anyRightHistory } from "./random-history.js";

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "zabble-history-"));
after(() => rmSync(folder, { recursive: true }));

const RIGHT = historyOf([
  ["alice", 0, 9, target(50), committed("1.1", 1)],
  ["bob", 10.5, undefined, guess(40)],
  ["bob", 11, 12, guess(400), rejected("VALUE_OUT_OF_RANGE")],
]);
const WRONG = [
  ...RIGHT,
  ...historyOf([["carol", 20, 29, READ, saw("1.1", open(1, ["bob 41"], "1 eve 3"))]]),
];

test("a history is the same after it was written and read", () => {
  fc.assert(
    fc.property(anyRightHistory({ maxLength: 20 }), (history) => {
      assert.deepEqual(fromJsonLines(toJsonLines(history)), history);
    }),
  );
  const last = historyOf([["al", 0, 9, target(5), committed("4294967295.4294967295", 1)]]);
  assert.deepEqual(fromJsonLines(toJsonLines(last)), last);
  const file = join(folder, "same.jsonl");
  saveHistory(file, WRONG);
  assert.deepEqual(loadHistory(file), WRONG);
});

test("what is no operation is refused with its line and field", () => {
  const [line = ""] = toJsonLines(RIGHT).split("\n");
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ["half a line", line.slice(0, 50), /line 2: /],
    ["another call", line.replace("setTarget", "setGoal"), /line 2: .*call/s],
    ["a zxid in decimal", line.replace("1.1", "17"), /line 2: .*epoch\.counter/s],
    ["an answer without a time", line.replace('"returnedAtMs":9,', ""), /line 2: .*together/],
    ["an answer before the sending", line.replace(':9,"result', ':-1,"result'), /line 2: .*before/],
    ["one field more", line.replace("{", '{"node":"node1",'), /line 2: .*node/s],
  ];
  for (const [what, text, words] of broken) {
    assert.notEqual(text, line, what);
    assert.throws(() => fromJsonLines(`${line}\n${text}\n`), words, what);
  }
  assert.equal(fromJsonLines(`${line}\n\n${line}`).length, 2);
});

function judge(...args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const command = ["--import", "tsx", PROGRAM, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: status, out: `${stdout}${stderr}` };
}

test("the program's exit code is the verdict", () => {
  const [right, wrong, none] = ["right", "wrong", "none"].map((name) => join(folder, name));
  assert.ok(right !== undefined && wrong !== undefined && none !== undefined);
  saveHistory(right, RIGHT);
  saveHistory(wrong, WRONG);
  writeFileSync(none, "not a history\n");
  const told = judge(right);
  assert.equal(told.code, 0, told.out);
  assert.match(told.out, /3 operations, 1 unknown, 1 room: ok/);
  const refused = judge(wrong, "--json");
  assert.equal(refused.code, 1, refused.out);
  const { verdict, operations, words } = JSON.parse(refused.out);
  assert.deepEqual([verdict, operations], ["violation", 4]);
  assert.match(words, /guessCount is 0/);
  const gaveUp = judge(right, "--steps=1");
  assert.equal(gaveUp.code, 3, gaveUp.out);
  const broken = judge(none);
  assert.equal(broken.code, 2);
  assert.match(broken.out, /none: line 1: /);
});
