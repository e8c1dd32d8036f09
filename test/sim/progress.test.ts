// Proves what a person sees of a long run: a bar that moves with seeds or with time, written over
// on a terminal and not too often, whole lines elsewhere.
import assert from "node:assert/strict";
import test from "node:test";
import { createProgress } from "./progress.js";

function progressOf(options: { total?: number; limitSeconds?: number; isTerminal: boolean }) {
  let now = 0;
  const written: string[] = [];
  const progress = createProgress({
    total: options.total,
    limitSeconds: options.limitSeconds,
    isTerminal: options.isTerminal,
    nowMs: () => now,
    write: (text) => written.push(text),
  });
  return {
    written,
    progress,
    at(ms: number, done: number, violations = 0) {
      now = ms;
      progress.update({ done, violations });
    },
  };
}

test("a terminal gets one line that is written over, ten times a second at most", () => {
  const { at, written, progress } = progressOf({ total: 200, isTerminal: true });
  for (let ms = 1; ms <= 1000; ms++) at(ms, ms / 10, 1);
  progress.end();
  assert.equal(written.length, 11);
  assert.equal(
    written.at(-2),
    "\r[############............] 100 of 200 seeds, 100.0/s, 1 s left, 1 violations\u001b[K",
  );
  assert.equal(written.at(-1), "\n");
});

test("elsewhere it is a line each ten seconds, without control characters", () => {
  const { at, written, progress } = progressOf({ limitSeconds: 60, isTerminal: false });
  for (let second = 1; second <= 30; second++) at(second * 1000, second * 5);
  progress.end();
  assert.deepEqual(written, [
    "[####....................] 50 seeds, 5.0/s, 50 s left, 0 violations\n",
    "[########................] 100 seeds, 5.0/s, 40 s left, 0 violations\n",
    "[############............] 150 seeds, 5.0/s, 30 s left, 0 violations\n",
  ]);
});
