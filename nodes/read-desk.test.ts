// Proves that a linearizable read is answered only when this node has applied its index, that reads
// of one turn share an index and later ones do not, and that every read is answered once.
import assert from "node:assert/strict";
import test from "node:test";
import type { Clock } from "./clock.js";
import { createReadDesk, type ReadDesk } from "./read-desk.js";

interface Rig {
  readonly desk: ReadDesk;
  /** Ids under which an index was asked for. */
  readonly asked: number[];
  /** "name: ok zxid" or "name: REASON", in order. */
  readonly told: string[];
  nowMs: number;
  applied: bigint;
  read(name: string, deadlineMs?: number): void;
  /** The caller has returned: what was put off happens now. */
  turn(): void;
}

function createRig(): Rig {
  let later: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => rig.nowMs,
    wallMs: () => 0,
    every: () => () => {},
    soon: (fn) => later.push(fn),
    next: (fn) => later.push(fn),
  };
  const asked: number[] = [];
  const told: string[] = [];
  const desk = createReadDesk({
    clock,
    appliedZxid: () => rig.applied,
    ask: (id) => asked.push(id),
  });
  const rig: Rig = {
    desk,
    asked,
    told,
    nowMs: 0,
    applied: 5n,
    read(name, deadlineMs = 1000) {
      desk.request(deadlineMs, (outcome) => {
        told.push(`${name}: ${outcome.ok ? `ok ${outcome.zxid}` : outcome.refusal.reason}`);
      });
    },
    turn() {
      const due = later;
      later = [];
      for (const fn of due) fn();
    },
  };
  return rig;
}

test("a read whose index is applied already is answered with it", () => {
  const rig = createRig();
  rig.read("a");
  assert.deepEqual(rig.asked, [], "asked at the end of the turn");
  rig.turn();
  assert.deepEqual(rig.asked, [1]);
  rig.desk.ready(1, 5n);
  assert.deepEqual(rig.told, ["a: ok 5"]);
});

test("a read waits until its index is applied, and not for more", () => {
  const rig = createRig();
  rig.read("a");
  rig.turn();
  rig.read("b");
  rig.turn();
  rig.desk.ready(1, 7n);
  rig.desk.ready(2, 9n);
  rig.applied = 6n;
  rig.desk.applied();
  assert.deepEqual(rig.told, []);
  rig.applied = 8n;
  rig.desk.applied();
  assert.deepEqual(rig.told, ["a: ok 7"]);
  rig.applied = 9n;
  rig.desk.applied();
  rig.desk.applied();
  assert.deepEqual(rig.told, ["a: ok 7", "b: ok 9"]);
});

test("reads of one turn share an index; one that comes later must not", () => {
  const rig = createRig();
  rig.read("a");
  rig.read("b");
  rig.turn();
  rig.read("c");
  rig.turn();
  assert.deepEqual(rig.asked, [1, 2]);
  rig.desk.ready(1, 3n);
  assert.deepEqual(rig.told, ["a: ok 3", "b: ok 3"]);
  rig.desk.failed(2);
  assert.deepEqual(rig.told[2], "c: NO_LEADER");
});

test("an index that comes twice, or after a failure, tells nobody anything", () => {
  const rig = createRig();
  rig.read("a");
  rig.turn();
  rig.desk.failed(1);
  rig.desk.ready(1, 3n);
  rig.desk.failed(1);
  assert.deepEqual(rig.told, ["a: NO_LEADER"]);
});

test("a deadline ends the wait for the index and the wait for the applied state", () => {
  const rig = createRig();
  rig.read("index", 100);
  rig.read("patient", 10_000);
  rig.turn();
  rig.read("applied", 100);
  rig.turn();
  rig.desk.ready(2, 9n);
  rig.nowMs = 99;
  rig.desk.expire();
  assert.deepEqual(rig.told, []);
  rig.nowMs = 100;
  rig.desk.expire();
  assert.deepEqual(rig.told, ["index: DEADLINE", "applied: DEADLINE"]);
  rig.applied = 9n;
  rig.desk.applied();
  rig.desk.ready(1, 9n);
  assert.deepEqual(rig.told.slice(2), ["patient: ok 9"]);
});

test("reads beyond the bound are refused, after the call returned", () => {
  const rig = createRig();
  for (let i = 0; i < 10_000; i++) rig.read("fits");
  rig.read("too many");
  assert.deepEqual(rig.told, []);
  rig.turn();
  assert.deepEqual(rig.told, ["too many: OVERLOADED"]);
  rig.desk.ready(1, 1n);
  assert.equal(rig.told.length, 10_001);
  rig.read("again");
  rig.turn();
  rig.desk.ready(2, 1n);
  assert.equal(rig.told.at(-1), "again: ok 1");
});

test("closing answers whoever waits", () => {
  const rig = createRig();
  rig.read("index");
  rig.turn();
  rig.read("applied");
  rig.turn();
  rig.desk.ready(2, 9n);
  rig.desk.close();
  assert.deepEqual(rig.told, ["index: SHUTTING_DOWN", "applied: SHUTTING_DOWN"]);
});
