// Proves that a cluster of any size follows the address pattern, survives a round trip through a
// file, and has a fingerprint that changes with its members alone.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { formatConfig } from "./format-config.js";
import { membershipHash } from "./membership-hash.js";
import { PATTERN_NODES_MAX, patternConfig } from "./pattern-config.js";
import { DEFAULT_CONFIG_FILE, parseConfig, readConfig } from "./read-config.js";

test("the pattern for five is the file of the checkout", () => {
  const file = readConfig(DEFAULT_CONFIG_FILE);
  assert.ok(file.ok);
  assert.deepEqual(patternConfig(5, file.config), file.config);
  const { dataDir: _1, ...settings } = patternConfig(5);
  const { dataDir: _2, ...fileSettings } = file.config;
  assert.deepEqual(settings, fileSettings);
});

test("a pattern of any size survives being written and read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: PATTERN_NODES_MAX }), (nodeCount) => {
      const config = { ...patternConfig(nodeCount), dataDir: "/tmp/zabble" };
      const text = formatConfig(config, "Written by a test.\nSecond line.");
      assert.ok(text.startsWith("# Written by a test.\n# Second line.\n"));
      const result = parseConfig(text, "written.yaml");
      assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
      assert.deepEqual(result.config, config);
    }),
    { numRuns: 20 },
  );
});

test("a base gives the settings and not the members", () => {
  const base = { ...patternConfig(3), tickMs: 7, quorum: 3 };
  const config = patternConfig(4, base);
  assert.equal(config.tickMs, 7);
  assert.equal(config.nodes.length, 4);
  assert.equal(config.quorum, 3);
});

test("a size that no pattern has is a mistake of the caller", () => {
  for (const nodeCount of [0, -1, 1.5, PATTERN_NODES_MAX + 1]) {
    assert.throws(() => patternConfig(nodeCount), RangeError);
  }
});

test("the fingerprint changes with name, members and quorum, and with nothing else", () => {
  const config = patternConfig(3);
  const hash = membershipHash(config);
  assert.match(hash, /^[0-9a-f]{16}$/);
  const moved = config.nodes.map((node) => ({ ...node, clientPort: node.clientPort + 1000 }));
  assert.equal(membershipHash({ ...config, nodes: moved, tickMs: 9, dataDir: "/x" }), hash);
  assert.notEqual(membershipHash({ ...config, clusterId: "other" }), hash);
  assert.notEqual(membershipHash({ ...config, quorum: 3 }), hash);
  assert.notEqual(membershipHash(patternConfig(4)), hash);
});
