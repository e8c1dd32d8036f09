// Proves that /metrics is what Prometheus can read, by the rules of its text format; that it tells
// how the server stands, its calls and its streams; and that nothing is read while nobody asks.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { register as globalRegistry } from "prom-client";
import { ClusterService, NodeStatusSchema, Phase } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { createMetrics } from "./metrics.js";
import { serverMetrics } from "./metrics-server.js";
import { postJson, startServer, until } from "./server-under-test.testing.js";

interface Family {
  readonly type: string;
  /** What stands before the value, e.g. `name{a="b"}`, to the value. */
  readonly samples: Map<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const HEAD = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const SAMPLE = new RegExp(`^((${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})?) (\\S+)$`);
const SUFFIXES = /_(bucket|sum|count)$/;

/** Reads the text format, version 0.0.4; throws at the first line that breaks its rules. */
function parseMetrics(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line must end");
  const helped = new Set<string>();
  const families = new Map<string, Family>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, of = "", rest = ""] = HEAD.exec(line) ?? [];
    if (kind === "HELP") {
      assert.ok(!helped.has(of), `HELP twice for ${of}`);
      helped.add(of);
    } else if (kind === "TYPE") {
      assert.ok(helped.has(of), `no HELP before TYPE of ${of}`);
      assert.ok(!families.has(of), `TYPE twice for ${of}`);
      assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
      families.set(of, { type: rest, samples: new Map() });
    } else {
      const [, key = "", name = "", value = ""] = SAMPLE.exec(line) ?? [];
      assert.ok(key !== "", `no sample: ${line}`);
      const family = families.get(name) ?? families.get(name.replace(SUFFIXES, ""));
      assert.ok(family !== undefined, `no TYPE before ${line}`);
      assert.ok(!family.samples.has(key), `twice: ${key}`);
      const number = /^[+-]?Inf$|^Nan$|^NaN$/.test(value) ? Number.NaN : Number(value);
      assert.ok(value === "Nan" || value === "NaN" || !Number.isNaN(number) || /Inf/.test(value));
      family.samples.set(key, number);
    }
  }
  return families;
}

async function scrape(url: string) {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 200);
  const families = parseMetrics(await response.text());
  const value = (key: string): number | undefined => {
    const name = key.replace(/\{.*/, "");
    return (families.get(name) ?? families.get(name.replace(SUFFIXES, "")))?.samples.get(key);
  };
  return { response, families, value };
}

function target(value: number, requestId: string) {
  return { type: "SetTarget", room: "lobby", player: "dan", value, requestId } as const;
}

function clientOf(t: TestContext, url: string) {
  const over = new AbortController();
  t.after(() => over.abort());
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "2" });
  return { over, transport };
}

test("what is told can be read, each metric with its HELP, TYPE and unit", async (t) => {
  const { url } = await startServer(t);
  const { response, families } = await scrape(url);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4;/);
  for (const name of [
    "zabble_rpc_duration_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "nodejs_eventloop_lag_p99_seconds",
  ]) {
    assert.ok(families.has(name), `${name} is missing`);
  }
  for (const [name, { type }] of families) {
    if (name.startsWith("zabble_") && type === "counter") assert.match(name, /_total$/);
  }
  const head = await fetch(`${url}/metrics`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

test("it tells how the server stands, at the moment of the question", async (t) => {
  const { url, replica } = await startServer(t);
  replica.commit(target(45, "t-1"));
  const first = await scrape(url);
  assert.equal(first.value('zabble_info{node="node1"}'), 1);
  assert.equal(first.value("zabble_commit_epoch"), 1);
  assert.equal(first.value("zabble_commit_counter"), 1);
  assert.equal(first.value('zabble_role{role="leading"}'), 1);
  assert.equal(first.value('zabble_role{role="looking"}'), 0);
  assert.equal(first.value('zabble_leader{leader="node1"}'), 1);
  assert.equal(first.value('zabble_phase{phase="broadcast"}'), 1);
  replica.commit(target(46, "t-2"));
  replica.setPhase(Phase.ELECTION);
  const then = await scrape(url);
  assert.equal(then.value("zabble_commit_counter"), 2);
  assert.equal(then.value('zabble_role{role="looking"}'), 1);
  assert.equal(then.families.get("zabble_leader")?.samples.size, 0, "nobody leads");
});

test("what the status counts is told as it counts it", async () => {
  const status = create(NodeStatusSchema, {
    appliedCount: 70_000n,
    outstanding: 3,
    connected: ["node2", "node3"],
  });
  const metrics = createMetrics(
    serverMetrics({
      replica: { nodeId: "node1", status: () => status },
      watching: { watchers: () => 0, handed: () => ({ messages: 0, transactions: 0 }) },
      trace: { watchers: () => 0 },
      refused: {},
    }),
  );
  const text = await metrics.text();
  assert.match(text, /^zabble_applied_transactions_total 70000$/m);
  assert.match(text, /^zabble_outstanding_commands 3$/m);
  assert.match(text, /^zabble_connected_peers 2$/m);
});

test("unary calls are measured by method and by how they ended", async (t) => {
  const { url } = await startServer(t);
  const game = "zabble.v1.GameService";
  await postJson(url, `${game}/SetTarget`, { player: "dan", value: 50 });
  await postJson(url, `${game}/SetTarget`, { player: "dan", value: 51 });
  await postJson(url, `${game}/SetTarget`, { player: "dan", value: 101 });
  await fetch(`${url}/rooms/lobby`);
  const { value } = await scrape(url);
  const count = (method: string, code: string) =>
    value(`zabble_rpc_duration_seconds_count{service="${game}",method="${method}",code="${code}"}`);
  assert.equal(count("SetTarget", "ok"), 2);
  assert.equal(count("SetTarget", "invalid_argument"), 1);
  assert.equal(count("GetGame", "ok"), 1, "a plain read is a call, too");
});

test("streams are counted while they are open and when they end", async (t) => {
  const { url, replica } = await startServer(t);
  const { over, transport } = clientOf(t, url);
  const labels = '{service="zabble.v1.GameService",method="Watch"}';
  const game = createClient(GameService, transport);
  const watched = game.watch({ room: "lobby" }, { signal: over.signal })[Symbol.asyncIterator]();
  await watched.next();
  const cluster = createClient(ClusterService, transport);
  const traced = cluster.watchTrace({}, { signal: over.signal })[Symbol.asyncIterator]();
  await traced.next();
  const open = await scrape(url);
  assert.equal(open.value(`zabble_rpc_open_streams${labels}`), 1);
  assert.equal(open.value('zabble_watchers{kind="events"}'), 1);
  assert.equal(open.value('zabble_watchers{kind="trace"}'), 1);
  replica.commit(target(45, "t-1"), target(46, "t-2"));
  const told = await scrape(url);
  assert.equal(told.value("zabble_watch_transactions_total"), 2);
  assert.ok((told.value("zabble_watch_messages_total") ?? 0) >= 1);
  over.abort();
  await assert.rejects(async () => {
    for (;;) await watched.next();
  });
  await traced.next().catch(() => {});
  const closed = await untilScraped(url, ({ value }) => {
    return value(`zabble_rpc_open_streams${labels}`) === 0;
  });
  assert.equal(closed.value(`zabble_rpc_ended_streams_total${labels}`), 1);
  assert.equal(closed.value('zabble_watchers{kind="events"}'), 0);
});

test("what was turned away is counted by why", async (t) => {
  const { url } = await startServer(t);
  await fetch(`${url}/${"x".repeat(10_000)}`);
  const { value } = await scrape(url);
  assert.equal(value('zabble_refused_requests_total{kind="url"}'), 1);
  assert.equal(value('zabble_refused_requests_total{kind="rate"}'), 0);
});

test("nothing is read before the question, and the global registry stays empty", async () => {
  let reads = 0;
  const source = {
    name: "zabble_reads_total",
    help: "How often this was read.",
    type: "counter",
    read: () => ++reads,
  } as const;
  const one = createMetrics([source]);
  const other = createMetrics([{ ...source, read: () => 7 }]);
  assert.equal(reads, 0);
  await until(() => true);
  assert.equal(reads, 0);
  assert.match(await one.text(), /^zabble_reads_total 1$/m);
  assert.match(await one.text(), /^zabble_reads_total 2$/m, "set, not added up");
  assert.match(await other.text(), /^zabble_reads_total 7$/m);
  assert.deepEqual(globalRegistry.getMetricsAsArray(), []);
});

async function untilScraped(
  url: string,
  isSo: (scraped: Awaited<ReturnType<typeof scrape>>) => boolean,
): Promise<Awaited<ReturnType<typeof scrape>>> {
  const givenUpAt = Date.now() + 8000;
  for (;;) {
    const scraped = await scrape(url);
    if (isSo(scraped)) return scraped;
    assert.ok(Date.now() < givenUpAt, "never so");
  }
}
