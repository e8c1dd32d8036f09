// Proves that streams run only while the page can be seen: they end when it has been hidden for a
// while, begin again when it is back, and a short look elsewhere costs nothing.
import assert from "node:assert/strict";
import test from "node:test";
import { createVisibleLife } from "./visible-life.js";

function rig() {
  const events = new EventTarget();
  const page = {
    hidden: false,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  };
  const lives: AbortSignal[] = [];
  const over = new AbortController();
  /** Ends the grace time that runs. */
  let passGrace = (): void => {};
  createVisibleLife({
    page,
    graceMs: 100,
    clock: {
      now: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          assert.equal(ms, 100);
          passGrace = resolve;
          signal.addEventListener("abort", () => resolve());
        }),
    },
    live: (signal) => lives.push(signal),
    signal: over.signal,
  });
  async function show(isShown: boolean): Promise<void> {
    page.hidden = !isShown;
    events.dispatchEvent(new Event("visibilitychange"));
    await Promise.resolve();
  }
  return {
    show,
    over,
    graceEnds: async () => {
      passGrace();
      await new Promise(setImmediate);
    },
    lives: () => lives.map(({ aborted }) => (aborted ? "ended" : "runs")),
  };
}

test("what is hidden beyond the grace time ends, and begins anew when it is seen", async () => {
  const { show, graceEnds, lives } = rig();
  assert.deepEqual(lives(), ["runs"]);
  await show(false);
  assert.deepEqual(lives(), ["runs"]);
  await graceEnds();
  assert.deepEqual(lives(), ["ended"]);
  await show(true);
  assert.deepEqual(lives(), ["ended", "runs"]);
});

test("who is back in time has missed nothing", async () => {
  const { show, graceEnds, lives } = rig();
  await show(false);
  await show(true);
  await graceEnds();
  assert.deepEqual(lives(), ["runs"]);
});

test("its end is the end of all, whether seen or hidden", async () => {
  const { show, over, lives } = rig();
  over.abort();
  assert.deepEqual(lives(), ["ended"]);
  await show(true);
  assert.deepEqual(lives(), ["ended"]);
});
