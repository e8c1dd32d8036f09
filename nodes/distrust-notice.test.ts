// Proves that a node which does not vote because its log was lost says so again and again, and that
// one which votes, or follows, says nothing of the kind.
import assert from "node:assert/strict";
import test from "node:test";
import type { Clock } from "./clock.js";
import { createDistrustNotice } from "./distrust-notice.js";
import { createLogger } from "./logger.js";
import type { Links } from "./rpc/links.js";
import { leadingCore } from "./zab/established.testing.js";
import { step } from "./zab/step.js";

test("it is said every five seconds while the node looks for a leader", () => {
  const lines: string[] = [];
  const log = createLogger({
    nodeId: "a",
    level: "info",
    destination: { write: (line) => lines.push(line) },
  });
  let nowMs = 0;
  const never = () => assert.fail("no timers here");
  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: never,
    every: never,
    soon: never,
    next: never,
  };
  const links: Pick<Links, "connected"> = { connected: () => ["b", "c"] };
  const core = leadingCore({ markerText: "{}" });
  const say = createDistrustNotice(core, clock, links, log);
  const pass = (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 50) say();
  };
  pass(10_000);
  core.distrusted = true;
  pass(10_000);
  assert.deepEqual(lines, [], "it leads");
  step(core, { t: "stepDown", quietTicks: 1000 });
  pass(20_000);
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? "", /"does not vote".*damaged and set aside.*"linked":"b c"/);
  core.distrusted = false;
  pass(20_000);
  assert.equal(lines.length, 4);
});
