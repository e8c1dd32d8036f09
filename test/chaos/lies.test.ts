// Proves that a chaos run finds what it is there to find: nodes that confirm what is not on their
// disks, because they never sync or say too early that they have, are found out by power cuts.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { runChaos } from "./run-chaos.js";

for (const lie of ["never", "late"] as const) {
  test(`nodes that lie about syncing (${lie}) are found out`, { timeout: 90_000 }, async (t) => {
    const keepAs = join(tmpdir(), `zabble-chaos-test-${process.pid}-${lie}`);
    t.after(() => rmSync(keepAs, { recursive: true, force: true }));
    const { violations, spans, notes } = await runChaos({
      seed: 1,
      nodes: 3,
      // It ends when they are found out, mostly at the first or second cut.
      seconds: 40,
      kinds: ["powerCutAll"],
      lie,
      signal: t.signal,
      keepAs,
      keepAlways: false,
      onProgress() {},
    });
    const names = [...new Set(violations.map(({ name }) => name))].join(", ");
    t.diagnostic(`found as ${names} after ${spans.length} cuts: ${JSON.stringify(notes)}`);
    assert.match(names, /ExactlyOnce/, "nothing that was confirmed is missing");
  });
}
