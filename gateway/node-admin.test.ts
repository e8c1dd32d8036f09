// Proves that single nodes can be broken and asked through the gateway, by client/admin.ts as it
// is and in every protocol; that the node's own errors come back whole; and that without leave of
// the cluster there is nothing there. Beside it: what the gateway alone tells in its metrics.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test, { type TestContext } from "node:test";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { type ServerUnderTest, startServer, until } from "../api/server-under-test.testing.js";
import { createAdmin } from "../client/admin.js";
import { createTransportPool } from "../client/h2-transport.js";
import { systemClock } from "../client/system-clock.js";
import { patternConfig } from "../config/pattern-config.js";
import { AdminService } from "../gen/zabble/v1/admin_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { startGateway } from "./gateway.js";

async function gatewayOf(
  t: TestContext,
  nodes: readonly ServerUnderTest[],
  administered?: ReadonlyMap<string, string>,
) {
  const gateway = await startGateway({
    at: { host: "127.0.0.1", port: 0 },
    servers: nodes.map(({ url }) => url),
    limits: { ...patternConfig(1).limits, deadlineMs: 1000 },
    administered,
    clock: systemClock,
    requestId: randomUUID,
    log: { warn() {}, error() {} },
    fail: (error) => {
      throw error;
    },
  });
  t.after(() => gateway.close());
  return { gateway, base: `http://127.0.0.1:${gateway.port}` };
}

/** A gateway in front of one node in memory, and of one that is not there. */
async function rig(t: TestContext, { isAdmin = true } = {}) {
  const node = await startServer(t, { admin: isAdmin });
  const nodes = new Map([
    ["node1", node.url],
    ["gone", "http://127.0.0.1:1"],
  ]);
  const { gateway, base } = await gatewayOf(t, [node], nodes);
  const pool = createTransportPool();
  t.after(() => pool.close());
  const admin = createAdmin({ transport: pool.transport, clock: systemClock });
  const at = (id: string): string => `${base}/nodes/${id}`;
  return { node, gateway, base, pool, admin, at };
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => assert.fail("it should have been refused"),
    (reason: unknown) => ConnectError.from(reason),
  );
}

test("the node that the path names is broken, by the client that nodes know", async (t) => {
  const { node, admin, at } = await rig(t);
  const done = { ok: true };
  assert.deepEqual(await admin.pause(at("node1"), 500), done);
  assert.deepEqual(await admin.setLink(at("node1"), "node2", { cut: true }), done);
  assert.deepEqual(await admin.stepDown(at("node1")), done);
  assert.deepEqual(await admin.stop(at("node1")), done);
  await until(() => node.replica.asked.includes("stop"));
  assert.deepEqual(node.replica.asked, [
    "pause 500",
    "link node2 out=true in=true delay=0",
    "step down",
    "stop",
  ]);
});

const PROTOCOLS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
};

for (const [protocol, transportTo] of Object.entries(PROTOCOLS)) {
  test(`${protocol}: answers and errors come back whole`, async (t) => {
    const { node, at } = await rig(t);
    const client = createClient(AdminService, transportTo(at("node1")));
    await client.pauseNode({ durationMs: 7 });
    assert.deepEqual(node.replica.asked, ["pause 7"]);
    const error = await errorOf(client.setLink({ peerId: "node9", cut: true }));
    assert.equal(error.code, Code.NotFound);
    assert.match(error.rawMessage, /Node node1 has no peer "node9"/);
    const [info] = error.findDetails(ErrorInfoSchema);
    assert.equal(info?.reason, "NO_SUCH_PEER");
    assert.equal(info?.field, "peer_id");
    const unknown = createClient(AdminService, transportTo(at("node9")));
    const absent = await errorOf(unknown.stopNode({}));
    assert.equal(absent.code, Code.NotFound);
    assert.match(absent.rawMessage, /no node "node9".*one of node1, gone/);
  });
}

test("a node's own no is passed on, also that of a node that allows nothing", async (t) => {
  const { node, admin, at } = await rig(t, { isAdmin: false });
  const outcome = await admin.stop(at("node1"));
  assert.ok(!outcome.ok);
  assert.match(outcome.message, /does not say `admin: true`/);
  assert.deepEqual(node.replica.asked, []);
});

test("a node that is not there was not stopped", async (t) => {
  const { admin, at } = await rig(t);
  const outcome = await admin.stop(at("gone"));
  assert.ok(!outcome.ok);
  assert.match(outcome.message, /cannot be reached/);
});

test("a node's own view comes through as well; its trace is the gateway's to show", async (t) => {
  const { node, at } = await rig(t);
  const transport = createConnectTransport({ baseUrl: at("node1"), httpVersion: "1.1" });
  const client = createClient(ClusterService, transport);
  assert.equal((await client.getStatus({})).status?.nodeId, "node1", "not the gateway");
  const traced = client.watchTrace({})[Symbol.asyncIterator]();
  assert.equal((await errorOf(traced.next())).code, Code.Unimplemented);
  assert.equal(node.replica.tracers(), 0);
});

test("without leave of the cluster nothing is there", async (t) => {
  const node = await startServer(t, { admin: true });
  const { base } = await gatewayOf(t, [node]);
  const baseUrl = `${base}/nodes/node1`;
  const client = createClient(
    AdminService,
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  );
  assert.equal((await errorOf(client.stopNode({}))).code, Code.Unimplemented);
  assert.deepEqual(node.replica.asked, []);
});

test("the gateway's metrics say which node it watches, and how often it moved", async (t) => {
  const nodes = [await startServer(t), await startServer(t)];
  const { gateway, base } = await gatewayOf(t, nodes);
  await until(() => gateway.replica.upstream() !== "");
  await until(() => gateway.replica.isReady());
  const first = nodes.find(({ url }) => url === gateway.replica.upstream());
  const second = nodes.find((node) => node !== first);
  assert.ok(first !== undefined && second !== undefined);
  const scrape = async (): Promise<string> => (await fetch(`${base}/metrics`)).text();
  const before = await scrape();
  assert.ok(before.includes(`\nzabble_upstream_connected{server="${first.url}"} 1\n`), before);
  assert.ok(before.includes(`\nzabble_upstream_connected{server="${second.url}"} 0\n`));
  assert.match(before, /^zabble_upstream_reconnects_total 0$/m);
  assert.match(before, /^zabble_upstream_ready 1$/m);
  assert.match(before, /^zabble_info\{node="gateway"\} 1$/m);
  await first.server.close();
  await until(() => gateway.replica.upstream() === second.url);
  const after = await scrape();
  assert.ok(after.includes(`\nzabble_upstream_connected{server="${first.url}"} 0\n`));
  assert.ok(after.includes(`\nzabble_upstream_connected{server="${second.url}"} 1\n`));
  assert.match(after, /^zabble_upstream_reconnects_total 1$/m);
});
