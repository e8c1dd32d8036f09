// Proves that every deadline is told once, in time, by one timer; and that a moved or deleted one
// is told later or not at all.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Clock } from "./clock.js";
import { createDeadlines } from "./deadlines.js";
import { createFastClock } from "./fast-clock.testing.js";

function rig(t: TestContext) {
  const fast = createFastClock();
  let sleeping = 0;
  let sleepingMax = 0;
  const clock: Clock = {
    now: fast.now,
    async sleep(ms, signal) {
      sleeping += 1;
      const left = (): void => {
        sleeping -= 1;
        signal.removeEventListener("abort", left);
      };
      signal.addEventListener("abort", left);
      sleepingMax = Math.max(sleepingMax, sleeping);
      await fast.sleep(ms, signal);
      if (!signal.aborted) left();
    },
  };
  const deadlines = createDeadlines(clock);
  t.after(deadlines.close);
  const told: string[] = [];
  const add = (name: string, endMs: number) => {
    const deadline = { endMs, onEnd: () => void told.push(`${name} at ${fast.now()}`) };
    deadlines.add(deadline);
    return deadline;
  };
  const after = (ms: number) => fast.sleep(ms, new AbortController().signal);
  return { deadlines, add, told, after, sleepingMax: () => sleepingMax };
}

test("each is told once, at its own end, by one timer", async (t) => {
  const { add, told, after, sleepingMax } = rig(t);
  add("long", 500);
  add("short", 100);
  add("same", 100);
  await after(1000);
  assert.deepEqual(told, ["short at 100", "same at 100", "long at 500"]);
  assert.equal(sleepingMax(), 1);
});

test("what was moved later ends later, what was deleted or closed never", async (t) => {
  const { deadlines, add, told, after } = rig(t);
  const moved = add("moved", 100);
  moved.endMs = 300;
  deadlines.delete(add("deleted", 200));
  await after(400);
  assert.deepEqual(told, ["moved at 300"]);
  add("late", 600);
  deadlines.close();
  add("never", 500);
  await after(1000);
  assert.deepEqual(told, ["moved at 300"]);
});
