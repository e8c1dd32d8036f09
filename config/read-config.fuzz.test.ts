// Proves that no file is more than a cluster file could be wrong: whatever its text, it is a config
// that keeps every bound, or a list of problems that a person can go through line by line; it never
// throws, and what was written to take for ever is refused soon.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { anyText, damagedText } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import type { ClusterConfig } from "./cluster-config.js";
import { formatConfig } from "./format-config.js";
import { parseConfig } from "./read-config.js";

const RUNS = 100;
const FILE = "/etc/zabble/c.yaml";

const EXAMPLES = ["cluster", "three", "one"].map((name) =>
  readFileSync(new URL(`./${name}.yaml`, import.meta.url), "utf8"),
);

/** As config/cluster.yaml tells them: the least and the most of each number. */
const BOUNDS: ReadonlyMap<string, readonly [min: number, max: number]> = new Map([
  ["tickMs", [1, 60_000]],
  ["heartbeatTicks", [1, 1000]],
  ["initLimitTicks", [1, 100_000]],
  ["syncLimitTicks", [1, 100_000]],
  ["electionWaitTicks", [0, 1000]],
  ["framesInFlight", [1, 64]],
  ["outstandingMax", [1, 1_000_000]],
  ["messageBytesMax", [1024, 16_777_216]],
  ["deadlineMs", [1, 3_600_000]],
  ["watchersMax", [1, 1_000_000]],
  ["requestsPerSecond", [1, 1_000_000]],
  ["connectionsPerAddressMax", [1, 1_000_000]],
  ["watchQueueMax", [1, 1_000_000]],
  ["logTailEntries", [1, 10_000_000]],
  ["segmentEntries", [1, 10_000_000]],
  ["snapshotEntries", [1, 10_000_000]],
  ["clientPort", [1, 65_535]],
  ["peerPort", [1, 65_535]],
  ["port", [1, 65_535]],
  ["quorum", [1, Number.MAX_SAFE_INTEGER]],
]);

/** Every number in it, wherever it is, is whole and within the bounds of its name. */
function assertBounded(value: unknown, name: string): void {
  if (Array.isArray(value)) for (const item of value) assertBounded(item, name);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) assertBounded(inner, key);
  } else if (typeof value === "number") {
    const [min, max] = BOUNDS.get(name) ?? assert.fail(`no number is called ${name}`);
    assert.ok(Number.isInteger(value) && value >= min && value <= max, `${name} is ${value}`);
  }
}

function assertSound(config: ClusterConfig): void {
  const { clusterId, nodes, quorum, dataDir, gateway, allowedOrigins } = config;
  assertBounded(config, "");
  assert.ok(clusterId.length >= 1 && clusterId.length <= 64);
  assert.ok(nodes.length >= 1 && quorum * 2 > nodes.length && quorum <= nodes.length);
  for (const { id, host } of nodes) {
    assert.match(id, /^[a-z0-9-]{1,24}$/);
    assert.notEqual(host, "");
  }
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
  const ports = nodes.flatMap(({ host, clientPort, peerPort }) => [
    `${host}:${clientPort}`,
    `${host}:${peerPort}`,
  ]);
  if (gateway !== undefined) ports.push(`${gateway.host}:${gateway.port}`);
  assert.equal(new Set(ports).size, ports.length);
  assert.ok(config.syncLimitTicks > config.heartbeatTicks);
  assert.match(dataDir, /^\//);
  for (const origin of allowedOrigins) assert.equal(new URL(origin).origin, origin);
  // What zabble up writes for its nodes is read back by them as the same.
  assert.deepEqual(parseConfig(formatConfig(config, "as read"), FILE), { ok: true, config });
}

const PROBLEM =
  /^\/etc\/zabble\/c\.yaml:(\d+): (?:expected YAML, got an error: .|.+: expected .+, got .)/;

function assertAnswered(text: string): void {
  const before = process.cpuUsage();
  const result = parseConfig(text, FILE);
  const tookMs = process.cpuUsage(before).user / 1000;
  assert.ok(tookMs < 5000, `it took ${tookMs} ms`);
  if (result.ok) {
    assertSound(result.config);
    return;
  }
  assert.ok(result.problems.length > 0, "refused without a reason");
  const lineCount = text.split("\n").length;
  for (const problem of result.problems) {
    assert.match(problem, PROBLEM);
    assert.ok(Number(PROBLEM.exec(problem)?.[1]) <= lineCount, `${problem}: there is no such line`);
    assert.doesNotMatch(problem, /[\p{Cc}\p{Zl}\p{Zp}]/u, "printed on one line, as it stands");
  }
}

test("any text is refused line by line, or is a config within its bounds", () => {
  fc.assert(fc.property(anyText, assertAnswered), fuzzed(import.meta.url, RUNS));
});

test("so is a damaged cluster file", () => {
  const file = damagedText(fc.constantFrom(...EXAMPLES)).map(({ after }) => after);
  fc.assert(fc.property(file, assertAnswered), fuzzed(import.meta.url, RUNS));
});

/** Every setting at a bound of its own, and nodes that get on with each other. */
const anySoundFile = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    host: fc.constantFrom("127.0.0.1", "::1", "play.example"),
    isAtMost: fc.boolean(),
    origins: fc.constantFrom([], ["https://a.example", "http://[::1]:81"]),
  })
  .map(({ count, host, isAtMost, origins }) => {
    const nodes = Array.from({ length: count }, (_, index) => {
      return { id: `node${index * 9}`, host, clientPort: index + 1, peerPort: 65_535 - index };
    });
    const bound = (name: string) => [name, BOUNDS.get(name)?.[isAtMost ? 1 : 0]];
    const ticks = Object.fromEntries(["tickMs", "initLimitTicks", "electionWaitTicks"].map(bound));
    const limits = Object.fromEntries(
      ["framesInFlight", "messageBytesMax", "deadlineMs"].map(bound),
    );
    const words = {
      clusterId: "x".repeat(64),
      oldSegments: "keep",
      admin: true,
      logLevel: "error",
    };
    const rest = { gateway: { host, port: 8080 }, allowedOrigins: origins };
    return { nodes, limits, ...ticks, ...words, ...rest };
  });

const anyOddity = fc.oneof(
  fc.constantFrom<unknown>(0, 1, -1, 0.5, 1e21, null, true, "", "majority", "1", [], {}, "a/b"),
  fc.constantFrom("node0", "127.0.0.1", "https://b.example/", "x".repeat(65), 65_535, 8080),
  fc.jsonValue({ maxDepth: 1 }),
);

/** Where something else may stand: keys, and places in a list. */
const CHANGEABLE = [
  ...["clusterId", "quorum", "dataDir", "oldSegments", "admin", "gateway", "__proto__"],
  ...["tickMs", "heartbeatTicks", "syncLimitTicks", "electionWaitTicks", "nodes", "limits"],
  ...["nodes.0.id", "nodes.0.host", "nodes.0.clientPort", "nodes.0.peerPort", "nodes.0.colour"],
  ...["limits.framesInFlight", "limits.messageBytesMax", "limits.watchersMax", "limits.x"],
  ...["gateway.port", "allowedOrigins.0"],
];

/** The same with another value at that place. */
function changed(file: object, [key = "", ...rest]: readonly string[], value: unknown): object {
  const inner: unknown = Reflect.get(file, key);
  const isInside = rest.length > 0 && typeof inner === "object" && inner !== null;
  const next = isInside ? changed(inner, rest, value) : value;
  if (Array.isArray(file)) return file.toSpliced(Number(key), 1, next);
  return Object.fromEntries([...Object.entries(file), [key, next]]);
}

const anyChange = fc.constantFrom(...CHANGEABLE).chain((at) => {
  const [min, max] = BOUNDS.get(at.split(".").at(-1) ?? "") ?? [1, 1];
  const edge = fc.constantFrom<unknown>(min - 1, min, max, max + 1);
  return fc.tuple(fc.constant(at), fc.oneof(edge, anyOddity));
});

const anyFile = fc
  .tuple(anySoundFile, fc.array(anyChange, { maxLength: 2 }))
  .map(([sound, changes]) => {
    const file = changes.reduce((file, [at, value]) => changed(file, at.split("."), value), sound);
    return stringify(file);
  });

test("so is a file of settings that are almost right", () => {
  let accepted = 0;
  fc.assert(
    fc.property(anyFile, (text) => {
      assertAnswered(text);
      if (parseConfig(text, FILE).ok) accepted += 1;
    }),
    fuzzed(import.meta.url, RUNS * 3),
  );
  assert.ok(accepted > 0, "none was right: the bounds of a config were never looked at");
});

const NODES = "nodes: [{ id: node1, clientPort: 1, peerPort: 2 }]\n";

/** Aliases of aliases: each line is nine times the one before. */
const BOMB = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]
  .map((name, index, all) => {
    const item = index === 0 ? "x" : `*${all[index - 1]}`;
    return `${name}: &${name} [${Array(9).fill(item).join(", ")}]\n`;
  })
  .join("");

const TRAPS: readonly (readonly [string, string])[] = [
  ["aliases that multiply", `${NODES}${BOMB}`],
  ["aliases that multiply in a value", `${BOMB}nodes: *k\n`],
  ["an alias of nothing", "nodes: *none\n"],
  ["an alias of nothing that moves the cursor", "nodes: *\u001bc\n"],
  ["an alias of itself", "nodes: &all [*all]\n"],
  ["a map within itself", `${NODES}limits: &all { deadlineMs: *all }\n`],
  ["a map whose key is itself", "&all { *all : 1 }\n"],
  ["lists without end", `nodes: ${"[".repeat(10_000)}`],
  ["lists that end", `nodes: ${"[".repeat(5000)}${"]".repeat(5000)}\n`],
  ["maps without end", "{a: ".repeat(5000)],
  ["lists of one line", `${"- ".repeat(5000)}a\n`],
  ["indented maps", Array.from({ length: 700 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")],
  ["a thousand wrong nodes", `nodes:\n${"  - { id: a }\n".repeat(1000)}`],
  ["a thousand unknown keys", Array.from({ length: 1000 }, (_, at) => `k${at}: 1\n`).join("")],
  ["keys that move the cursor", `${NODES}"\\e[2J\\n": 1\n`],
  ["keys that are lists", `${NODES}? [a, b]\n: 1\n`],
  ["values that move the cursor", `${NODES}logLevel: "\\e[2J\\u2028"\n`],
  ["an anchor that moves the cursor", `${NODES}tickMs: !\u001b[2J 5\n`],
  ["another YAML", `%YAML 1.1\n---\n${NODES}admin: yes\ntickMs: 0o17\ndataDir: 2001-12-14\n`],
  ["many documents", `${NODES}---\n`.repeat(1000)],
  ["merged maps", `%YAML 1.1\n---\nx: &x { admin: true }\n<<: *x\n${NODES}`],
];

for (const [what, text] of TRAPS) {
  test(`${what}: refused or read, soon and in words`, () => assertAnswered(text));
}
