// Proves that health follows the node's phase, for every service alike, at once and as a stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from "../gen/grpc/health/v1/health_pb.js";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { startServer, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };

test("a node serves in broadcast and nowhere else", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  for (const service of ["", "zabble.v1.GameService", "grpc.health.v1.Health"]) {
    replica.setPhase(Phase.BROADCAST);
    assert.equal((await client.check({ service })).status, Serving.SERVING);
    for (const phase of [Phase.ELECTION, Phase.DISCOVERY, Phase.SYNCHRONIZATION]) {
      replica.setPhase(phase);
      assert.equal((await client.check({ service })).status, Serving.NOT_SERVING);
    }
  }
});

test("an unknown service is not_found", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const unknown = client.check({ service: "zabble.v1.PeerService" });
  await assert.rejects(unknown, (error) => ConnectError.from(error).code === Code.NotFound);
});

test("Watch tells changes, only changes, and leaves nothing behind", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const listeners = replica.listeners();
  const abort = new AbortController();
  const stream = client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  assert.equal(await statusOf(stream), Serving.SERVING);
  replica.setPhase(Phase.BROADCAST);
  replica.setPhase(Phase.ELECTION);
  assert.equal(await statusOf(stream), Serving.NOT_SERVING);
  replica.setPhase(Phase.DISCOVERY);
  replica.setPhase(Phase.BROADCAST);
  assert.equal(await statusOf(stream), Serving.SERVING);
  abort.abort();
  await until(() => replica.listeners() === listeners);
});

test("watching an unknown service says so and stays open", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const stream = client.watch({ service: "no.such" })[Symbol.asyncIterator]();
  assert.equal(await statusOf(stream), Serving.SERVICE_UNKNOWN);
  replica.setPhase(Phase.ELECTION);
  replica.close();
  await assert.rejects(stream.next(), /unavailable/);
});

async function statusOf(stream: AsyncIterator<HealthCheckResponse>): Promise<Serving | undefined> {
  const result = await stream.next();
  return result.done === true ? undefined : result.value.status;
}
