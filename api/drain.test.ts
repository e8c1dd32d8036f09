// Proves how a server goes, on the wire over HTTP/1.1 and HTTP/2: nobody new is let in, streams are
// told at once to go elsewhere, running calls get their answer, and what takes too long is told so.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { startServer, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const SET_TARGET = "/zabble.v1.GameService/SetTarget";
const TARGET = { player: "ann", value: 5 };

const TRANSPORTS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

/** A server with one SetTarget under way, whose answer waits for the replica. */
async function withPending(t: TestContext, transport: (url: string) => Transport, graceMs: number) {
  const under = await startServer(t, { timing: { graceMs } });
  under.replica.hold();
  const pending = createClient(GameService, transport(under.url)).setTarget(TARGET);
  pending.catch(() => {});
  await until(() => under.replica.submitted() === 1);
  return { ...under, pending };
}

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  test(`${name}: a running call gets its answer, and nobody new is let in`, TIMEOUT, async (t) => {
    const { replica, server, pending } = await withPending(t, transport, 60_000);
    const closed = server.close();
    const late = net.connect(server.port, "127.0.0.1");
    const [refusal]: { code?: string }[] = await once(late, "error");
    assert.equal(refusal?.code, "ECONNREFUSED");
    replica.release();
    assert.equal((await pending).round, 1);
    await closed;
  });

  test(
    `${name}: a call that outlives the grace time is told that it may have happened`,
    TIMEOUT,
    async (t) => {
      const { replica, server, pending } = await withPending(t, transport, 50);
      const closed = server.close();
      const info = infoOfUnavailable(await errorOf(pending));
      assert.equal(info.outcomeUnknown, true);
      await closed;
      replica.release();
    },
  );

  test(`${name}: streams end at once, with the time to come back`, TIMEOUT, async (t) => {
    const { server, url } = await startServer(t, { timing: { graceMs: 60_000 } });
    const wire = transport(url);
    const streams: AsyncIterable<unknown>[] = [
      createClient(GameService, wire).watch({}),
      createClient(ClusterService, wire).watchTrace({}),
      createClient(Health, wire).watch({}),
    ];
    const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
    for (const iterator of iterators) assert.equal((await iterator.next()).done, false);
    const closed = server.close();
    for (const iterator of iterators) {
      const info = infoOfUnavailable(await errorOf(readOut(iterator)));
      assert.equal(info.outcomeUnknown, false);
    }
    await closed;
  });
}

test("Play ends at once, with the time to come back", TIMEOUT, async (t) => {
  const { server, url } = await startServer(t, { timing: { graceMs: 60_000 } });
  const client = createClient(
    GameService,
    createConnectTransport({ baseUrl: url, httpVersion: "2" }),
  );
  let leave = (): void => {};
  async function* calls() {
    yield { calls: [{ requestId: "r1", call: { case: "setTarget" as const, value: TARGET } }] };
    await new Promise<void>((resolve) => {
      leave = resolve;
    });
  }
  const answers = client.play(calls())[Symbol.asyncIterator]();
  assert.equal((await answers.next()).done, false);
  const closed = server.close();
  infoOfUnavailable(await errorOf(readOut(answers)));
  leave();
  await closed;
});

test(
  "HTTP/2: GOAWAY comes while a call is still running, and its stream ends well",
  TIMEOUT,
  async (t) => {
    const { server, replica } = await startServer(t, { timing: { graceMs: 60_000 } });
    replica.hold();
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    t.after(() => session.destroy());
    const headers = { ":method": "POST", ":path": SET_TARGET, "content-type": "application/json" };
    const stream = session.request(headers);
    stream.end(JSON.stringify(TARGET));
    await until(() => replica.submitted() === 1);
    const goaway = once(session, "goaway");
    const closed = server.close();
    assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
    replica.release();
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    assert.match(text, /"zxid"/);
    await closed;
  },
);

test("HTTP/1.1: the last answer says that its connection is not kept", TIMEOUT, async (t) => {
  const { server, replica, url } = await startServer(t, { timing: { graceMs: 60_000 } });
  replica.hold();
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const call = http.request(`${url}${SET_TARGET}`, {
    agent,
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  call.end(JSON.stringify(TARGET));
  await until(() => replica.submitted() === 1);
  const closed = server.close();
  replica.release();
  const [answer]: http.IncomingMessage[] = await once(call, "response");
  answer?.resume();
  assert.equal(answer?.statusCode, 200);
  assert.equal(answer?.headers.connection, "close");
  await closed;
});

test("a replica that ends by itself ends running calls too", TIMEOUT, async (t) => {
  const { replica, pending } = await withPending(
    t,
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
    60_000,
  );
  replica.close();
  assert.equal(infoOfUnavailable(await errorOf(pending)).outcomeUnknown, true);
  replica.release();
});

async function readOut(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true);
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function infoOfUnavailable(error: unknown) {
  assert.ok(error instanceof ConnectError, "it should have failed");
  assert.equal(error.code, Code.Unavailable);
  const [info] = error.findDetails(ErrorInfoSchema);
  assert.equal(info?.reason, "SHUTTING_DOWN");
  assert.ok(info.retryAfterMs > 0);
  return info;
}
