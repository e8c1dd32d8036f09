// Proves that rare facts reach the log, that all facts reach whoever listens, and that facts of the
// hot path are not even made while nobody does.
import assert from "node:assert/strict";
import test from "node:test";
import { createSimProcess } from "../test/sim/sim-process.js";
import { createWorld } from "../test/sim/world.js";
import { createLogger } from "./logger.js";
import { createTracer } from "./tracer.js";
import { leadingCore } from "./zab/established.testing.js";
import { zxidOf } from "./zab/zxid.js";

function createRig() {
  const lines: string[] = [];
  const log = createLogger({
    nodeId: "node3",
    level: "info",
    destination: { write: (line) => lines.push(line) },
  });
  const core = leadingCore({ markerText: "marker" });
  const { clock } = createSimProcess(createWorld(), { offsetMs: 0 });
  return { core, lines, tracer: createTracer("node3", core, clock, log) };
}

const AT = { role: "LEADING", phase: "BROADCAST" } as const;

test("a change of role is one line, with its zxid as people read it", () => {
  const { lines, tracer } = createRig();
  tracer.core({ ...AT, kind: "SYNC_SENT", peer: "node2", zxid: zxidOf(3, 7), detail: "DIFF" });
  assert.equal(lines.length, 1);
  const line: Record<string, unknown> = JSON.parse(lines[0] ?? "");
  assert.equal(line.msg, "sync sent");
  assert.equal(line.at, "3.7");
  assert.equal(line.peer, "node2");
  assert.equal(line.detail, "DIFF");
});

test("the hot path is not logged, and reaches listeners", () => {
  const { lines, tracer } = createRig();
  const heard: string[] = [];
  const end = tracer.listen((event) => heard.push(`${event.kind} ${event.zxid} ${event.detail}`));
  for (const kind of ["PROPOSE", "ACK", "COMMIT"] as const) tracer.core({ ...AT, kind, zxid: 9n });
  end();
  tracer.core({ ...AT, kind: "ACK", zxid: 10n });
  assert.deepEqual(lines, []);
  const where = "LEADING BROADCAST";
  assert.deepEqual(heard, [`PROPOSE 9 ${where}`, `ACK 9 ${where}`, `COMMIT 9 ${where}`]);
});

test("the core makes hot facts only while somebody listens", () => {
  const { core, tracer } = createRig();
  assert.equal(core.traceHot, false);
  const one = tracer.listen(() => {});
  const other = tracer.listen(() => {});
  one();
  assert.equal(core.traceHot, true);
  other();
  assert.equal(core.traceHot, false);
});
