// Proves that the checks which every test of real processes ends with can fail: each is shown logs
// and histories that are wrong in one way.
import assert from "node:assert/strict";
import test from "node:test";
import { formatZxid, zxidOf } from "../../game/zxid.js";
import { checkExactlyOnce, checkLogs } from "./check-logs.testing.js";
import { checkRealTimeOrder, type Read, type Write } from "./history.testing.js";
import type { LoggedTransaction } from "./log-files.testing.js";

function logged(epoch: number, counter: number, requestId = ""): LoggedTransaction {
  const zxid = zxidOf(epoch, counter);
  return { zxid, requestId, text: `${formatZxid(zxid)} ${requestId}` };
}

const WHOLE = [logged(1, 0), logged(1, 1, "a"), logged(1, 2, "b"), logged(2, 0), logged(2, 1, "c")];
const END = zxidOf(2, 1);

function check(...logs: readonly (readonly LoggedTransaction[])[]): readonly LoggedTransaction[] {
  return checkLogs(new Map(logs.map((log, index) => [`node${index + 1}`, log])), END);
}

test("equal logs, one that begins with a snapshot and one that goes on are fine", () => {
  const longer = [...WHOLE, logged(3, 0)];
  assert.equal(check(WHOLE, WHOLE.slice(2), longer), longer);
});

test("logs that differ, have a gap, or end too early are not", () => {
  const other = WHOLE.with(2, logged(1, 2, "x"));
  assert.throws(() => check(WHOLE, other), /node2 differs/);
  assert.throws(() => check(WHOLE, WHOLE.toSpliced(2, 1)), /node2 differs/);
  assert.throws(() => check([logged(1, 0), logged(1, 2)]), /gap between 1\.0 and 1\.2/);
  assert.throws(() => check([logged(1, 0), logged(2, 1)]), /gap between 1\.0 and 2\.1/);
  assert.throws(() => check([logged(1, 0), logged(1, 1), logged(1, 0)]), /gap/);
  assert.throws(() => check(WHOLE, WHOLE.slice(0, 4)), /node2 ends at 2\.0, before/);
  assert.throws(() => check(WHOLE, []), /node2 ends at 0\.0, before/);
  assert.throws(() => check(WHOLE, [logged(9, 0)]), /node2 begins with 9\.0/);
  assert.throws(() => check(WHOLE.slice(1)), /no node has the log from its beginning/);
});

function write(requestId: string, fromMs: number, toMs?: number, zxid = 0n): Write {
  const issued = { requestId, server: "node1", issuedAtMs: fromMs };
  return toMs === undefined ? issued : { ...issued, acked: { atMs: toMs, zxid } };
}

function read(fromMs: number, toMs: number, zxid: bigint): Read {
  return { server: "node2", issuedAtMs: fromMs, answeredAtMs: toMs, zxid };
}

test("a confirmed write must be in the log once and in its place", () => {
  const once = (...writes: Write[]) => checkExactlyOnce(WHOLE, { writes, reads: [] });
  assert.equal(once(write("a", 0, 1, zxidOf(1, 1)), write("b", 0), write("unheard", 0)), 1);
  assert.throws(() => once(write("lost", 0, 1, zxidOf(1, 1))), /no log has it/);
  assert.throws(() => once(write("a", 0, 1, zxidOf(1, 2))), /confirmed a at 1\.2/);
  const twice = [...WHOLE, logged(2, 2, "a")];
  assert.throws(() => checkExactlyOnce(twice, { writes: [], reads: [] }), /a happened twice/);
});

test("what began after something had ended must come after it", () => {
  const order = (writes: Write[], reads: Read[] = []) => checkRealTimeOrder({ writes, reads });
  order([write("a", 0, 9, 2n), write("b", 1, 8, 1n)], [read(2, 7, 2n), read(3, 6, 1n)]);
  order([write("a", 0, 1, 1n), write("b", 2, 3, 2n)], [read(4, 5, 2n), read(6, 7, 2n)]);
  assert.throws(() => order([write("a", 0, 1, 2n), write("b", 2, 3, 1n)]), /write b .*told 0\.1/);
  assert.throws(() => order([write("a", 0, 1, 2n)], [read(2, 3, 1n)]), /a read .*told 0\.1/);
  assert.throws(() => order([], [read(0, 1, 2n), read(2, 3, 1n)]), /a read/);
  assert.throws(() => order([write("a", 2, 3, 2n)], [read(0, 1, 2n)]), /write a/);
});
