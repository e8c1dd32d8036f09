// Proves that shrinking finds the few things that matter in a failing case, and nothing else: with
// an artificial reason to fail, so that the smallest case is known.
import assert from "node:assert/strict";
import test from "node:test";
import { CALM_PROFILE } from "./calm-profile.js";
import type { PlannedFault } from "./fault-plan.js";
import { shrinkCase } from "./shrink.js";
import { drawCase, type SimCase } from "./sim-case.js";

function faultAt(atMs: number, nodes: readonly number[]): PlannedFault {
  return { kind: "crash", atMs, forMs: 300.5, nodes, leader: false, dice: 1 };
}

/** Forty faults, of which `wanted` are the ones that a reason to fail looks for. */
function caseWith(...wanted: readonly PlannedFault[]): SimCase {
  const others = Array.from({ length: 40 }, (_, index) => faultAt(100 * index + 0.25, [1, 2]));
  const plan = [...others, ...wanted].toSorted((a, b) => a.atMs - b.atMs);
  const { cluster, clients } = CALM_PROFILE;
  const rough = {
    ...CALM_PROFILE,
    cluster: {
      ...cluster,
      nodes: 7,
      counterMax: 5,
      network: { ...cluster.network, unordered: true, dropChance: 0.05 },
    },
    clients: { ...clients, clients: 6, readChance: 0.4 },
    faultyMs: 5000,
  };
  return { seed: 1, profile: rough, plan };
}

test("of two faults that matter among forty, both stay, and nothing else does", () => {
  const pair = [faultAt(333, [0]), faultAt(777, [0])];
  const hasBoth = ({ plan }: SimCase): boolean =>
    pair.every(({ atMs }) => plan.some((fault) => fault.atMs === atMs));
  const { smallest } = shrinkCase(caseWith(...pair), { fails: hasBoth, triesMax: 5000 });
  assert.deepEqual(
    smallest.plan.map(({ atMs, forMs }) => ({ atMs, forMs })),
    [
      { atMs: 333, forMs: 0 },
      { atMs: 777, forMs: 0 },
    ],
  );
  assert.equal(smallest.profile.cluster.nodes, 1);
  assert.equal(smallest.profile.clients.clients, 1);
  assert.deepEqual(smallest.profile.cluster.network, CALM_PROFILE.cluster.network);
  assert.ok(smallest.profile.faultyMs < 1000, `${smallest.profile.faultyMs} ms`);
});

test("a knob that the failure needs is left as it is", () => {
  const fails = ({ profile }: SimCase): boolean =>
    profile.cluster.counterMax === 5 && profile.cluster.nodes >= 4 && profile.clients.clients >= 3;
  const { smallest } = shrinkCase(caseWith(), { fails, triesMax: 5000 });
  assert.deepEqual(smallest.plan, []);
  assert.equal(smallest.profile.cluster.counterMax, 5);
  assert.equal(smallest.profile.cluster.nodes, 4);
  assert.equal(smallest.profile.clients.clients, 3);
  assert.equal(smallest.profile.cluster.network.unordered, false);
});

test("what is returned fails, and no more is tried than allowed", () => {
  const fails = ({ plan }: SimCase): boolean => plan.length >= 10;
  const { smallest, tries } = shrinkCase(drawLong(), { fails, triesMax: 12 });
  assert.ok(fails(smallest));
  assert.ok(tries <= 12, `${tries} tries`);
});

function drawLong(): SimCase {
  for (let seed = 1; ; seed++) {
    const drawn = drawCase(seed);
    if (drawn.plan.length >= 30) return drawn;
  }
}
