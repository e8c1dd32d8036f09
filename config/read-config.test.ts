// Proves that a cluster file is read completely, that omitted keys take their defaults, and that
// everything wrong with a file is reported at its line, with what was expected and what was found.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { DEFAULT_CONFIG_FILE, parseConfig, readConfig } from "./read-config.js";

const NODES = `nodes:
  - id: node1
    clientPort: 7101
    peerPort: 7201
  - id: node2
    clientPort: 7102
    peerPort: 7202
  - id: node3
    clientPort: 7103
    peerPort: 7203
`;

function accepted(text: string) {
  const result = parseConfig(text, "/etc/zabble/c.yaml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  return result.config;
}

function refused(text: string): readonly string[] {
  const result = parseConfig(text, "c.yaml");
  assert.equal(result.ok, false, "the file should have been refused");
  return result.ok ? [] : result.problems;
}

test("the file of the checkout has five nodes at the documented addresses", () => {
  const result = readConfig(DEFAULT_CONFIG_FILE);
  assert.ok(result.ok);
  const { nodes, quorum, admin, tickMs } = result.config;
  assert.deepEqual(
    nodes.map((node) => `${node.id} ${node.host} ${node.clientPort} ${node.peerPort}`),
    [1, 2, 3, 4, 5].map((i) => `node${i} 127.0.0.1 710${i} 720${i}`),
  );
  assert.deepEqual({ quorum, admin, tickMs }, { quorum: 3, admin: true, tickMs: 50 });
});

test("the one-node and three-node files are right too", () => {
  for (const [name, nodeCount, quorum] of [
    ["one", 1, 1],
    ["three", 3, 2],
  ] as const) {
    const result = readConfig(DEFAULT_CONFIG_FILE.replace("cluster.yaml", `${name}.yaml`));
    assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
    assert.equal(result.config.nodes.length, nodeCount);
    assert.equal(result.config.quorum, quorum);
  }
});

test("omitted keys take the values that the checkout's file shows", () => {
  const shown = readConfig(DEFAULT_CONFIG_FILE);
  assert.ok(shown.ok);
  const { nodes, quorum, admin, dataDir, ...defaults } = accepted(NODES);
  const { nodes: _1, quorum: _2, admin: _3, dataDir: _4, gateway, ...rest } = shown.config;
  assert.deepEqual(defaults, rest);
  assert.deepEqual(gateway, { host: "127.0.0.1", port: 8080 });
  assert.equal(nodes[0]?.host, "127.0.0.1");
  assert.equal(quorum, 2);
  assert.equal(admin, false);
  assert.equal(dataDir, "/etc/zabble/data");
});

test("a gateway needs a port that nothing else has, and knows no other keys", () => {
  assert.equal(accepted(NODES).gateway, undefined);
  const { gateway } = accepted(`${NODES}gateway:\n  port: 9000\n`);
  assert.deepEqual(gateway, { host: "127.0.0.1", port: 9000 });
  const taken = parseConfig(`${NODES}gateway:\n  port: 7102\n`, "f.yaml");
  assert.ok(!taken.ok);
  assert.match(taken.problems.join("\n"), /gateway\.port: expected a port that nothing else/);
  const unknown = parseConfig(`${NODES}gateway:\n  port: 9000\n  colour: red\n`, "f.yaml");
  assert.ok(!unknown.ok);
  assert.match(unknown.problems.join("\n"), /gateway\.colour: expected one of host, port/);
});

test("some limits may be given and the others left out", () => {
  const { limits } = accepted(`${NODES}limits:\n  framesInFlight: 7\n`);
  assert.equal(limits.framesInFlight, 7);
  assert.equal(limits.outstandingMax, 4096);
});

test("nodes are in order of rank, whatever the order of the file", () => {
  const ids = ["node10", "node9", "b", "node1"];
  const list = ids.map((id, i) => `  - { id: ${id}, clientPort: ${i + 1}, peerPort: ${i + 11} }`);
  const config = accepted(`nodes:\n${list.join("\n")}\n`);
  assert.deepEqual(
    config.nodes.map((node) => node.id),
    ["b", "node1", "node9", "node10"],
  );
});

test("the command line's data directory wins, relative to the working directory", () => {
  const result = parseConfig(NODES, "/etc/c.yaml", { dataDir: "elsewhere" });
  assert.ok(result.ok);
  assert.equal(result.config.dataDir, join(process.cwd(), "elsewhere"));
});

test("origins are taken as they stand", () => {
  const list = "allowedOrigins: [https://play.example.org, 'http://10.0.0.7:3000']\n";
  assert.deepEqual(accepted(NODES + list).allowedOrigins, [
    "https://play.example.org",
    "http://10.0.0.7:3000",
  ]);
});

test("a quorum above a majority is allowed", () => {
  assert.equal(accepted(`${NODES}quorum: 3\n`).quorum, 3);
});

const QUORUM = 'expected "majority", or a whole number above half of the nodes and at most all';
const PORT = "expected a port from 1 to 65535";
const ORIGIN = "expected an origin such as https://play.example.org, without a path";
const ID = "expected an id of 1 to 24 characters out of a-z, 0-9 and -";

/** [what is wrong, the file after NODES or instead of it, the one report]. */
const REFUSALS: readonly (readonly [string, string, string])[] = [
  ["an empty file", "", "c.yaml:1: the file: expected a map of settings, got nothing"],
  ["a list", "- 1\n", "c.yaml:1: the file: expected a map of settings, got a list"],
  [
    "no nodes",
    "admin: true\n",
    "c.yaml:1: nodes: expected a list of at least one node, got nothing",
  ],
  [
    "no node",
    "nodes: []\n",
    "c.yaml:1: nodes: expected a list of at least one node, got an empty list",
  ],
  ["a wrong type", `${NODES}admin: yes\n`, 'c.yaml:11: admin: expected true or false, got "yes"'],
  [
    "a number out of range",
    `${NODES}tickMs: 0\n`,
    "c.yaml:11: tickMs: expected a whole number from 1 to 60000, got 0",
  ],
  [
    "a fraction",
    `${NODES}tickMs: 1.5\n`,
    "c.yaml:11: tickMs: expected a whole number from 1 to 60000, got 1.5",
  ],
  [
    "a word that is not among the allowed",
    `${NODES}oldSegments: burn\n`,
    'c.yaml:11: oldSegments: expected one of keep, archive, delete, got "burn"',
  ],
  [
    "a limit",
    `${NODES}limits:\n  deadlineMs: soon\n`,
    'c.yaml:12: limits.deadlineMs: expected a whole number from 1 to 3600000, got "soon"',
  ],
  [
    "limits that are no map",
    `${NODES}limits: 3\n`,
    "c.yaml:11: limits: expected a map of limits, got 3",
  ],
  [
    "no list of origins",
    `${NODES}allowedOrigins: https://a.example\n`,
    "c.yaml:11: allowedOrigins: expected a list of origins such as https://play.example.org, " +
      'got "https://a.example"',
  ],
  ...["https://a.example/", "a.example", "*", "null", "https://A.example", "ftp://a.example"].map(
    (origin): readonly [string, string, string] => [
      `${origin} as an origin`,
      `${NODES}allowedOrigins:\n  - https://fine.example\n  - "${origin}"\n`,
      `c.yaml:13: allowedOrigins[1]: ${ORIGIN}, got "${origin}"`,
    ],
  ),
  [
    "a rate of none",
    `${NODES}limits:\n  requestsPerSecond: 0\n`,
    "c.yaml:12: limits.requestsPerSecond: expected a whole number from 1 to 1000000, got 0",
  ],
  ["a quorum of half", `${NODES}quorum: 1\n`, `c.yaml:11: quorum: ${QUORUM}, got 1 with 3 nodes`],
  ["a quorum above all", `${NODES}quorum: 4\n`, `c.yaml:11: quorum: ${QUORUM}, got 4 with 3 nodes`],
  ["a quorum by another word", `${NODES}quorum: all\n`, `c.yaml:11: quorum: ${QUORUM}, got "all"`],
  [
    "a missing port",
    "nodes:\n  - id: node1\n    clientPort: 1\n",
    `c.yaml:2: nodes[0].peerPort: ${PORT}, got nothing`,
  ],
  [
    "a port that is none",
    "nodes:\n  - id: node1\n    clientPort: 70000\n    peerPort: 1\n",
    `c.yaml:3: nodes[0].clientPort: ${PORT}, got 70000`,
  ],
  [
    "an id with a capital",
    "nodes:\n  - id: Node1\n    clientPort: 2\n    peerPort: 1\n",
    `c.yaml:2: nodes[0].id: ${ID}, got "Node1"`,
  ],
  [
    "an id that is too long",
    `nodes:\n  - id: ${"a".repeat(25)}\n    clientPort: 2\n    peerPort: 1\n`,
    `c.yaml:2: nodes[0].id: ${ID}, got "${"a".repeat(25)}"`,
  ],
  [
    "an id twice",
    NODES.replace("node3", "node1"),
    'c.yaml:8: nodes[2].id: expected an id that no other node has, got "node1", ' +
      "which nodes[0] has too",
  ],
  [
    "a port twice, as client and as peer",
    NODES.replace("7203", "7101"),
    "c.yaml:10: nodes[2].peerPort: expected a port that nothing else on 127.0.0.1 has, " +
      "got 7101, as nodes[0].clientPort",
  ],
  [
    "a key twice",
    `${NODES}tickMs: 50\ntickMs: 60\n`,
    "c.yaml:12: expected YAML, got an error: Map keys must be unique",
  ],
  [
    "a node's unknown key",
    "nodes:\n  - id: node1\n    clientPort: 2\n    peerPort: 1\n    colour: red\n",
    "c.yaml:5: nodes[0].colour: expected one of id, host, clientPort, peerPort, got an unknown key",
  ],
  [
    "an unknown limit",
    `${NODES}limits:\n  sky: 1\n`,
    "c.yaml:12: limits.sky: expected one of framesInFlight, outstandingMax, messageBytesMax, " +
      "deadlineMs, watchersMax, requestsPerSecond, connectionsPerAddressMax, watchQueueMax, " +
      "logTailEntries, segmentEntries, snapshotEntries, got an unknown key",
  ],
  [
    "a heartbeat slower than the patience with it",
    `${NODES}heartbeatTicks: 8\n`,
    "c.yaml:11: heartbeatTicks: expected syncLimitTicks above heartbeatTicks, " +
      "got syncLimitTicks 8 with heartbeatTicks 8",
  ],
];

for (const [name, text, report] of REFUSALS) {
  test(`refused: ${name}`, () => {
    assert.deepEqual(refused(text), [report]);
  });
}

test("an unknown key at the top is refused at its line, and the known ones are listed", () => {
  const [problem = "", ...others] = refused(`${NODES}tickms: 50\n`);
  assert.match(problem, /^c\.yaml:11: tickms: expected one of .*tickMs.*, got an unknown key$/);
  assert.deepEqual(others, []);
});

test("of an unknown key the line of the key is reported, not of what is below it", () => {
  const [problem = ""] = refused(`${NODES}sky:\n  colour: blue\n`);
  assert.match(problem, /^c\.yaml:11: sky: /);
});

test("the same port on two hosts is fine", () => {
  const text = NODES.replace(
    "node2\n    clientPort: 7102",
    "node2\n    host: h2\n    clientPort: 7101",
  );
  assert.equal(accepted(text).nodes[1]?.host, "h2");
});

test("everything wrong is reported at once, in order of lines", () => {
  const text = NODES.replace("7101", "x").replace("node2", "node1");
  const lines = refused(`${text}quorum: 9\nsky: 1\n`).map((problem) => problem.split(" ")[0]);
  assert.deepEqual(lines, ["c.yaml:3:", "c.yaml:5:", "c.yaml:11:", "c.yaml:12:"]);
});

test("a file that is not there is reported with its name", () => {
  const dir = mkdtempSync(join(tmpdir(), "zabble-config-"));
  try {
    const file = join(dir, "none.yaml");
    const result = readConfig(file);
    assert.ok(!result.ok);
    assert.match(result.problems[0] ?? "", /none\.yaml: expected a readable cluster file: ENOENT/);
    writeFileSync(file, NODES);
    assert.ok(readConfig(file).ok);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
