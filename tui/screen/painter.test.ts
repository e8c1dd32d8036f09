// Proves that everything which comes together is painted once, that a flood is painted at most 30
// times a second, that what looks the same costs no paint, and that a closed painter is quiet.
import assert from "node:assert/strict";
import test from "node:test";
import { createFastClock } from "../../client/fast-clock.testing.js";
import { createPainter } from "./painter.js";

const never = new AbortController().signal;

function rig(looksDifferent: () => boolean = () => true) {
  const clock = createFastClock();
  const paintsMs: number[] = [];
  const errors: unknown[] = [];
  const painter = createPainter({
    clock,
    soon: setImmediate,
    fail: (error) => errors.push(error),
    paint() {
      if (!looksDifferent()) return false;
      paintsMs.push(clock.now());
      return true;
    },
  });
  return { clock, painter, paintsMs, errors };
}

test("what comes in one turn is one paint", async () => {
  const { clock, painter, paintsMs } = rig();
  for (let index = 0; index < 10; index++) painter.request(index % 2 === 0);
  await clock.sleep(500, never);
  assert.deepEqual(paintsMs, [0]);
});

test("a flood is painted at most 30 times in a second, and its last state is", async () => {
  const { clock, painter, paintsMs } = rig();
  for (let index = 0; index < 1000; index++) {
    painter.request(index % 10 === 0);
    await clock.sleep(3, never);
  }
  const lastMs = clock.now();
  await clock.sleep(500, never);
  assert.ok((paintsMs.at(-1) ?? 0) >= lastMs - 45);
  for (const endMs of paintsMs) {
    const inSecond = paintsMs.filter((atMs) => atMs > endMs - 1000 && atMs <= endMs);
    assert.ok(inSecond.length <= 30, `${inSecond.length} paints in the second before ${endMs}`);
  }
  assert.ok(paintsMs.length > 60, "and not far fewer");
});

test("what the player waits for overtakes news that is held back", async () => {
  const { clock, painter, paintsMs } = rig();
  painter.request(false);
  await clock.sleep(1, never);
  painter.request(false);
  await clock.sleep(2, never);
  painter.request(true);
  await clock.sleep(200, never);
  assert.deepEqual(paintsMs, [0, 3]);
});

test("a frame that looks the same is no paint", async () => {
  let looks = false;
  const { clock, painter, paintsMs } = rig(() => looks);
  for (let index = 0; index < 50; index++) {
    painter.request(true);
    await clock.sleep(1, never);
  }
  looks = true;
  painter.request(true);
  await clock.sleep(1, never);
  assert.equal(paintsMs.length, 1, "the budget was not spent on nothing");
});

test("what painting throws is handed on, and after the end nothing is painted", async () => {
  const broken = rig(() => {
    throw new Error("planted");
  });
  broken.painter.request(true);
  await broken.clock.sleep(1, never);
  assert.equal(broken.errors.length, 1);
  const closed = rig();
  closed.painter.request(false);
  closed.painter.close();
  closed.painter.request(true);
  await closed.clock.sleep(100, never);
  assert.deepEqual(closed.paintsMs, []);
});
