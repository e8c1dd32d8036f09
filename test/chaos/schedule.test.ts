// Proves that a seed always draws the same faults, that they keep within the run and among the
// kinds that were asked for, and that a run of some length meets every kind.
import assert from "node:assert/strict";
import test from "node:test";
import { createPrng } from "../sim/prng.js";
import { drawSchedule, FAULTS, type FaultKind, type PlannedFault } from "./schedule.js";

const SEEDS = 200;

function draw(seed: number, kinds: readonly FaultKind[] = FAULTS): readonly PlannedFault[] {
  return drawSchedule(createPrng(seed), { nodes: 5, kinds, untilMs: 100_000 });
}

test("one seed, one schedule; another seed, another", () => {
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test("faults come in order, within the run, on every node in some order", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    let before = 0;
    for (const { atMs, forMs, order } of draw(seed)) {
      assert.ok(atMs >= before && atMs <= 100_000, `seed ${seed}`);
      assert.ok(forMs >= 0 && forMs <= 8000, `seed ${seed}`);
      assert.deepEqual(order.toSorted(), [0, 1, 2, 3, 4]);
      before = atMs;
    }
  }
});

test("every kind comes once before any comes again", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const kinds = draw(seed).map(({ kind }) => kind);
    const first = kinds.slice(0, FAULTS.length);
    assert.equal(new Set(first).size, first.length, `seed ${seed}`);
  }
});

test("only the kinds that were asked for, and none for none", () => {
  assert.deepEqual([...new Set(draw(1, ["kill", "pause"]).map(({ kind }) => kind))].sort(), [
    "kill",
    "pause",
  ]);
  assert.deepEqual(draw(1, []), []);
});

test("some faults strike the leader, and asking it to go strikes nobody else", () => {
  const all = draw(1).map(({ leader }) => leader);
  assert.ok(all.includes(true) && all.includes(false));
  assert.ok(draw(1, ["stepDown"]).every(({ leader }) => leader));
});
