// Proves on real files that a flipped bit in a stopped node's data is found at its start, named by
// `zabble log --verify`, never served, and repaired from the others while they commit on; that two
// damaged nodes repair each other; and that where nobody can tell what was lost the cluster stays
// unavailable and says why.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { commitMany } from "./commit-many.testing.js";
import {
  countLines,
  entryLine,
  flipInLine,
  segmentsOf,
  snapshotsOf,
} from "./harm-files.testing.js";
import type { LogLine } from "./node-log.testing.js";
import type { TestNode } from "./node-process.testing.js";
import { post } from "./post.testing.js";
import { type Finished, runZabble } from "./program.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";
import { startWriters } from "./writers.testing.js";

const LIMIT = { timeout: 120_000 };

/** Files small enough that a thousand transactions fill several; no haste, this is no race. */
const OVERRIDES = {
  limits: { segmentEntries: 200, snapshotEntries: 400 },
  syncLimitTicks: 40,
  initLimitTicks: 200,
};

function last<T>(list: readonly T[]): T {
  return list.at(-1) ?? assert.fail("an empty list");
}

function verify(cluster: TestCluster, id: string): Promise<Finished> {
  const { dataDir } = cluster.config;
  return runZabble("log", "--id", id, "--data-dir", dataDir, "--verify");
}

function saying(pattern: RegExp): (line: LogLine) => boolean {
  return ({ text }) => pattern.test(text);
}

interface Harm {
  readonly what: string;
  /** Returns the damaged file. */
  readonly harm: (node: TestNode, cluster: TestCluster) => string;
  /** What the verification says that a start will do; undefined: it finds nothing. */
  readonly announced: RegExp | undefined;
  /** What the node logs when it has dealt with it. */
  readonly told: RegExp;
}

const HARMS: readonly Harm[] = [
  {
    what: "an entry of a segment that only readers of the log need",
    harm({ dir }) {
      const [oldest = ""] = segmentsOf(dir);
      flipInLine(oldest, 100);
      return oldest;
    },
    announced: /line 100 .* A start fetches what is missing from the other nodes/,
    told: /"repaired".*"lines":"100","after":"1\.\d+","upTo":"1\.\d+","entries":1,"from":"node\d"/,
  },
  {
    what: "the header of a segment",
    harm({ dir }) {
      const path = segmentsOf(dir).at(-2) ?? "";
      flipInLine(path, 1);
      return path;
    },
    announced: /line 1 .* A start restores it from the files beside it/,
    told: /restored from the files beside it/,
  },
  {
    what: "an entry of the last segment",
    harm({ dir }) {
      // It may just have been begun.
      const path = last(segmentsOf(dir).filter((one) => countLines(one) > 10));
      flipInLine(path, entryLine(path, 1));
      return path;
    },
    announced: /A start fetches what is missing from the other nodes/,
    told: /"repaired"/,
  },
  {
    what: "the newest snapshot",
    harm({ dir }) {
      const path = last(snapshotsOf(dir));
      flipInLine(path, 1);
      return path;
    },
    announced: /snapshot-\w+\.jsonl, line 1 .* A start sets it aside; nothing needs it/,
    told: /The snapshot was set aside as damaged-snapshot-/,
  },
  {
    what: "the last line of the log, which may have been a promise",
    harm({ dir }) {
      const path = last(segmentsOf(dir));
      flipInLine(path, -1);
      return path;
    },
    announced: /A start sets all of the log aside and begins anew/,
    told: /The log was set aside in damaged-\d+\. The node begins anew/,
  },
  {
    what: "the lock and the file with its pid",
    harm({ dir, id }, { config }) {
      writeFileSync(join(dir, "lock"), '{"pid":1,"sta\u0000');
      writeFileSync(join(config.dataDir, `${id}.pid`), "\u0001\u0000");
      return dir;
    },
    announced: undefined,
    told: /"started"/,
  },
  {
    what: "the note of a change that was under way",
    harm({ dir }) {
      const path = join(dir, "change.json");
      writeFileSync(path, '{"_id":"truncate","to":"0000000100000007","crc":7}\n');
      return path;
    },
    announced: /change\.json, line 1 .* begins anew/,
    told: /The node begins anew/,
  },
];

test("a follower with damaged files comes back while the others commit on", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, overrides: OVERRIDES });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  await commitMany(cluster.node(nodeId), "long", 1500);
  const [node] = cluster.others(nodeId);
  assert.ok(node !== undefined);
  const servers = cluster.others(node.id).map(({ url }) => url);
  const writers = await startWriters({ servers, everyMs: 10 });
  for (const { what, harm, announced, told } of HARMS) {
    assert.deepEqual(await node.stop(), { code: 0, signal: null }, what);
    const file = harm(node, cluster);
    const { code, stderr } = await verify(cluster, node.id);
    if (announced === undefined) {
      assert.equal(code, 0, stderr);
    } else {
      assert.equal(code, 1, what);
      assert.match(stderr, announced, what);
      assert.ok(stderr.includes(`damage: ${file}`), `${file}: ${stderr}`);
    }
    await writers.moreAcks(20);
    const mark = node.log.lines().length;
    node.start();
    await node.log.waitFor(what, saying(told), mark);
    await cluster.rejoined(node.id, 0);
  }
  await writers.stop();
  const { confirmed } = await verifyLogs(cluster, writers.history);
  assert.equal(confirmed, writers.history.writes.length);
});

/** A cluster of three with a log of several segments, every node stopped. */
async function stoppedCluster(t: Parameters<typeof startCluster>[0]): Promise<TestCluster> {
  const cluster = await startCluster(t, { nodes: 3, overrides: OVERRIDES });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  await commitMany(cluster.node(nodeId), "long", 700);
  await cluster.settled();
  for (const node of cluster.nodes) await node.stop();
  return cluster;
}

test("two damaged nodes repair each other, with the third one away", LIMIT, async (t) => {
  const cluster = await stoppedCluster(t);
  const [one, two, three] = cluster.nodes;
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  const segments = segmentsOf(one.dir);
  for (const path of segments) flipInLine(path, entryLine(path, 1));
  for (const path of segmentsOf(two.dir).slice(0, -1)) {
    for (const line of [50, 51, 90]) flipInLine(path, line);
  }

  one.start();
  const waiting = saying(/waits for entries.*"waitsFor":"node2 node3"/);
  await one.log.waitFor("whom it waits for", waiting);
  assert.equal(await cluster.status(one.id), undefined, "it neither serves nor votes");
  assert.deepEqual(await one.stop(), { code: 0, signal: null });

  one.start();
  two.start();
  await cluster.leader();
  assert.equal(
    (await post(two, "GameService/SetTarget", { player: "dan", value: 50 })).status,
    200,
  );
  const repaired = (node: TestNode) =>
    node.log.lines().filter(({ msg }) => msg === "repaired").length;
  assert.equal(repaired(one), segments.length);
  assert.equal(repaired(two), 2 * (segments.length - 1));
  three.start();
  await verifyLogs(cluster);
});

test("if no log can be trusted, nobody leads, and everybody says why", LIMIT, async (t) => {
  const cluster = await stoppedCluster(t);
  for (const { dir } of cluster.nodes) flipInLine(last(segmentsOf(dir)), -1);
  for (const node of cluster.nodes) node.start();
  for (const node of cluster.nodes) {
    await node.log.waitFor("why", saying(/does not vote.*its data was damaged and set aside/));
  }
  for (const node of cluster.nodes) {
    const status = await cluster.status(node.id);
    assert.equal(status?.role, Role.LOOKING);
    const write = await post(node, "GameService/SetTarget", { player: "dan", value: 50 }, 1000);
    assert.notEqual(write.status, 200);
    const read = await post(node, "GameService/GetGame", { room: "long" }, 1000);
    assert.notEqual(read.status, 200, "never an empty game");
    const aside = readdirSync(node.dir).filter((name) => /^damaged-\d+$/.test(name));
    assert.ok(segmentsOf(join(node.dir, last(aside))).length > 3, "nothing was deleted");
  }
});

test("the last copy says what is damaged, and stops", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1, overrides: OVERRIDES });
  const [node] = cluster.nodes;
  assert.ok(node !== undefined);
  await commitMany(node, "long", 500);
  await node.stop();
  const [, path = ""] = segmentsOf(node.dir);
  flipInLine(path, 30);
  const names = readdirSync(node.dir);
  const contents = names.map((name) => readFileSync(join(node.dir, name), "latin1"));
  node.start();
  assert.deepEqual(await node.endsByItself(), { code: 3, signal: null });
  const words = node.log
    .lines()
    .map(({ text }) => text)
    .join("\n");
  assert.match(words, /no other node of this cluster can replace it:\n.*, line 30 \(at zxid 1\./);
  assert.deepEqual(readdirSync(node.dir), names);
  assert.deepEqual(
    names.map((name) => readFileSync(join(node.dir, name), "latin1")),
    contents,
  );
});
