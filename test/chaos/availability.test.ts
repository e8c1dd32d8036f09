// Proves the figures of the report on histories whose gaps, faults and recoveries are known, and
// that a majority counts as healthy exactly while no fault is on it and its nodes are seen serving.
import assert from "node:assert/strict";
import test from "node:test";
import { type Ack, type AvailabilityOptions, availabilityOf } from "./availability.js";
import { createHealth } from "./health.js";

/** A write every 50 ms from the one moment to the other, confirmed 5 ms later. */
function steady(fromMs: number, toMs: number): Ack[] {
  const acks: Ack[] = [];
  for (let at = fromMs; at < toMs; at += 50) acks.push({ issuedAtMs: at, ackedAtMs: at + 5 });
  return acks;
}

const FINE: AvailabilityOptions = {
  fromMs: 1000,
  toMs: 11_000,
  acks: steady(1000, 11_000),
  spans: [],
  majority: [{ atMs: 900, isHealthy: true }],
};

const BROKEN: AvailabilityOptions = {
  ...FINE,
  acks: [...steady(1000, 3000), ...steady(5000, 11_000)],
  spans: [
    { kind: "kill", fromMs: 2990, toMs: 3500 },
    { kind: "clockStep", fromMs: 1500, toMs: 1600 },
    { kind: "split", fromMs: 4000, toMs: undefined },
  ],
};

test("without a gap all windows count", () => {
  const { share, downMs, longestGap } = availabilityOf(FINE);
  assert.equal(share, 1);
  assert.equal(downMs, 0);
  assert.equal(longestGap, undefined);
});

test("a gap is found, with what was there meanwhile, and counts for each of it", () => {
  const { share, downMs, longestGap, downMsByFault } = availabilityOf(BROKEN);
  assert.equal(share, 0.8);
  assert.equal(downMs, 2050);
  assert.deepEqual(longestGap, { ms: 2050, atMs: 1955, faults: ["kill", "split"] });
  assert.deepEqual(downMsByFault, { kill: 2050, split: 2050 });
});

test("a run without any write is one gap", () => {
  const { share, downMs } = availabilityOf({ ...FINE, acks: [] });
  assert.equal(share, 0);
  assert.equal(downMs, 10_000);
});

test("a recovery is timed to the first confirmation of what was issued after the fault", () => {
  const late = { issuedAtMs: 2980, ackedAtMs: 3400 };
  const { slowestRecovery, survived } = availabilityOf({ ...BROKEN, acks: [...BROKEN.acks, late] });
  assert.deepEqual(slowestRecovery, { ms: 2015, atMs: 1990, fault: "kill" });
  assert.equal(survived, 3);
});

test("a fault that left no healthy majority is not among the recoveries", () => {
  const majority = [
    { atMs: 900, isHealthy: true },
    { atMs: 2990, isHealthy: false },
    { atMs: 4900, isHealthy: true },
  ];
  const { slowestRecovery, survived } = availabilityOf({ ...BROKEN, majority });
  assert.deepEqual(slowestRecovery, { ms: 5, atMs: 500, fault: "clockStep" });
  assert.equal(survived, 1);
});

test("a majority is healthy when enough nodes without a fault were seen to serve", () => {
  const health = createHealth(["a", "b", "c"], 2);
  health.saw("a", true, 1);
  assert.equal(health.changes.length, 0);
  health.saw("b", true, 2);
  health.saw("c", true, 3);
  const end = health.impair(["a"], 4);
  assert.deepEqual(health.changes, [{ atMs: 2, isHealthy: true }], "two are left");
  const endOther = health.impair(["b"], 5);
  health.saw("a", true, 6);
  end();
  assert.equal(health.changes.at(-1)?.isHealthy, false, "not seen since its fault ended");
  health.saw("a", true, 7);
  assert.deepEqual(health.changes.at(-1), { atMs: 7, isHealthy: true });
  endOther();
});

test("standing still counts from the last confirmation, and only with a healthy majority", () => {
  const health = createHealth(["a", "b", "c"], 2);
  assert.equal(health.stuckMs(50, 0), 0);
  health.saw("a", true, 100);
  health.saw("b", true, 100);
  assert.equal(health.stuckMs(130, 90), 30);
  assert.equal(health.stuckMs(130, 120), 10);
  health.saw("a", false, 135);
  assert.equal(health.stuckMs(139, 120), 19, "an election is no excuse");
  health.impair(["a"], 140);
  assert.equal(health.stuckMs(900, 120), 0);
});
