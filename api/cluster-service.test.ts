// Proves that a node shows itself and the cluster, and that its trace is a bounded sample that
// costs nothing when nobody watches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ClusterService, type TraceEvent, TraceEventSchema } from "../gen/zabble/v1/cluster_pb.js";
import { startServer, until } from "./server-under-test.testing.js";
import { createTraceBatch } from "./trace-batch.js";

const TIMEOUT = { timeout: 10_000 };

function event(kind: string, epoch = 1): TraceEvent {
  return create(TraceEventSchema, { kind, epoch });
}

test("the node's own status, and the cluster as seen from it", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const client = createClient(ClusterService, createGrpcTransport({ baseUrl: url }));
  assert.equal((await client.getStatus({})).status?.leaderId, "node1");
  const { nodes, quorum } = await client.getCluster({});
  assert.equal(quorum, 1);
  assert.deepEqual(
    nodes.map(({ nodeId }) => nodeId),
    ["node1"],
  );
});

test(
  "the trace is on at once, tells what happens, and is off after the last watcher",
  TIMEOUT,
  async (t) => {
    const { url, replica } = await startServer(t);
    const client = createClient(ClusterService, createGrpcTransport({ baseUrl: url }));
    assert.equal(replica.tracers(), 0);
    const abort = new AbortController();
    const stream = client.watchTrace({}, { signal: abort.signal })[Symbol.asyncIterator]();
    await stream.next();
    assert.equal(replica.tracers(), 1);
    replica.emitTrace(event("VOTE"));
    replica.emitTrace(event("ROLE"));
    const { value } = await stream.next();
    assert.deepEqual(
      value?.events.map(({ kind }: TraceEvent) => kind),
      ["VOTE", "ROLE"],
    );
    replica.missTrace(7n);
    const missed = await stream.next();
    assert.deepEqual([missed.value?.events, missed.value?.dropped], [[], 7n]);
    abort.abort();
    await until(() => replica.tracers() === 0);
  },
);

test("one trace watcher too many is refused", TIMEOUT, async (context) => {
  const { url } = await startServer(context, { limits: { watchersMax: 1 } });
  const client = createClient(ClusterService, createGrpcTransport({ baseUrl: url }));
  const abort = new AbortController();
  context.after(() => abort.abort());
  await client.watchTrace({}, { signal: abort.signal })[Symbol.asyncIterator]().next();
  const second = client.watchTrace({})[Symbol.asyncIterator]().next();
  await assert.rejects(second, /resource_exhausted/);
});

test("a full batch counts what it drops, and a rare event finds its place", () => {
  const batch = createTraceBatch({ batchMax: 10, kindMax: 4 });
  for (let number = 0; number < 100; number += 1) {
    batch.add(event("PROPOSE", number));
    batch.add(event("ACK", number));
  }
  batch.add(event("VOTE"));
  const { events, dropped } = batch.take();
  const kinds = events.map(({ kind }) => kind).join(" ");
  assert.equal(kinds, "PROPOSE ACK PROPOSE ACK PROPOSE ACK PROPOSE ACK VOTE");
  assert.equal(dropped, 192n);
  assert.equal(batch.isEmpty(), true);
});

test("however many kinds there are, a batch is bounded", () => {
  const batch = createTraceBatch({ batchMax: 10, kindMax: 4 });
  for (let number = 0; number < 100; number += 1) batch.add(event(`KIND${number}`));
  const { events, dropped } = batch.take();
  assert.equal(events.length, 10);
  assert.equal(dropped, 90n);
});
