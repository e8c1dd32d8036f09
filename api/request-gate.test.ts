// Proves what meets every request before any service does: the headers of every answer, refusals of
// overlong addresses and of too many requests, told to each kind of client in its own words.
import assert from "node:assert/strict";
import http2 from "node:http2";
import { test } from "node:test";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { Consistency, GameService } from "../gen/zabble/v1/game_pb.js";
import { CONTENT_SECURITY_POLICY } from "./security-headers.js";
import { connectRaw, postJson, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const GET_GAME = "zabble.v1.GameService/GetGame";
const LOCAL = { consistency: Consistency.LOCAL };

test("every answer carries the security headers, whatever it is", TIMEOUT, async (t) => {
  const { url } = await startServer(t, { limits: { requestsPerSecond: 3 } });
  const post = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const foreign = { origin: "https://evil.example" };
  const answers = [
    await fetch(`${url}/${GET_GAME}`, { ...post, body: '{"consistency":"LOCAL"}' }),
    await fetch(`${url}/${GET_GAME}`, { ...post, body: "{" }),
    await fetch(`${url}/${GET_GAME}`, { ...post, headers: { "content-type": "text/css" } }),
    await fetch(`${url}/healthz`),
    await fetch(`${url}/nowhere`),
    await fetch(`${url}/rooms/a%2Fb/events`),
    await fetch(`${url}/${GET_GAME}`, { ...post, headers: foreign }),
    await fetch(`${url}/${GET_GAME}`, { method: "OPTIONS" }),
    await fetch(`${url}/${"x".repeat(9000)}`),
  ];
  while (answers.length < 50 && answers.at(-1)?.status !== 429) {
    answers.push(await fetch(`${url}/healthz`));
  }
  const statuses = new Set(answers.map(({ status }) => status));
  for (const status of [200, 400, 403, 404, 414, 415, 429, 204]) {
    assert.ok(statuses.has(status), `none was ${status}`);
  }
  for (const { status, headers } of answers) {
    const said = (name: string): string | null => headers.get(name);
    assert.equal(said("content-security-policy"), CONTENT_SECURITY_POLICY, `${status}`);
    assert.equal(said("x-content-type-options"), "nosniff");
    assert.equal(said("referrer-policy"), "no-referrer");
    assert.equal(said("x-frame-options"), "DENY");
    assert.equal(said("cross-origin-opener-policy"), "same-origin");
    assert.equal(said("cross-origin-resource-policy"), "same-origin");
    assert.match(said("permissions-policy") ?? "", /camera=\(\)/);
  }
});

test("over HTTP/2 and in streams too", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const session = http2.connect(url);
  t.after(() => session.destroy());
  for (const path of ["/rooms/lobby/events", "/nowhere"]) {
    const stream = session.request({ ":path": path });
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
      stream.once("response", resolve),
    );
    assert.equal(headers["content-security-policy"], CONTENT_SECURITY_POLICY);
    stream.close();
  }
});

test("an overlong address is refused with 414 and counted", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const query = (length: number): string => `${url}/healthz?${"x".repeat(length)}`;
  assert.equal((await fetch(query(8000))).status, 200);
  const answer = await fetch(query(8200));
  assert.equal(answer.status, 414);
  assert.match(await answer.text(), /at most 8192 characters/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^zabble_refused\w*\{kind="url"\} 1$/m);
});

const TRANSPORTS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect by GET": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  "Connect over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  test(`beyond the rate a ${name} client sees resource_exhausted`, TIMEOUT, async (t) => {
    const { url, replica } = await startServer(t, { limits: { requestsPerSecond: 1 } });
    const client = createClient(GameService, transport(url));
    for (let passed = 0; passed < 2; passed += 1) await client.getGame(LOCAL);
    const reads = replica.reads();
    await assert.rejects(client.getGame(LOCAL), isOverRate);
    const watch = client.watch({})[Symbol.asyncIterator]();
    await assert.rejects(watch.next(), isOverRate);
    assert.equal(replica.reads(), reads, "no service was asked");
  });
}

test("a Play stream is refused beyond the rate too, and does not stay open", TIMEOUT, async (t) => {
  const { url } = await startServer(t, { limits: { requestsPerSecond: 1 } });
  const client = createClient(GameService, createGrpcTransport({ baseUrl: url }));
  for (let passed = 0; passed < 2; passed += 1) await client.getGame(LOCAL);
  let leave = (): void => {};
  async function* silent(): AsyncGenerator<never> {
    await new Promise<void>((resolve) => {
      leave = resolve;
    });
  }
  await assert.rejects(client.play(silent())[Symbol.asyncIterator]().next(), isOverRate);
  leave();
});

test("messages within a stream are not requests", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t, { limits: { requestsPerSecond: 1 } });
  const client = createClient(GameService, createGrpcTransport({ baseUrl: url }));
  async function* many() {
    for (let index = 0; index < 50; index += 1) {
      const value = { player: "ann", value: index };
      yield { calls: [{ requestId: `r${index}`, call: { case: "setTarget" as const, value } }] };
    }
  }
  let answered = 0;
  for await (const { results } of client.play(many())) {
    for (const { result } of results) {
      assert.notEqual(result.case, "error");
      answered += 1;
    }
  }
  assert.equal(answered, 50);
  assert.equal(replica.submitted(), 50);
});

test("curl is told by 429, with the time to come back, and it is counted", TIMEOUT, async (t) => {
  const { url } = await startServer(t, { limits: { requestsPerSecond: 2 } });
  for (let passed = 0; passed < 4; passed += 1) await fetch(`${url}/healthz`);
  const plain = await fetch(`${url}/healthz`);
  assert.equal(plain.status, 429);
  assert.equal(plain.headers.get("retry-after"), "1");
  assert.match(await plain.text(), /too many requests/);
  const call = await postJson(url, GET_GAME, {});
  assert.equal(call.status, 429);
  assert.equal(call.json.code, "resource_exhausted");
});

test("connections beyond an address's share are closed and counted", TIMEOUT, async (t) => {
  const { server, url } = await startServer(t, { limits: { connectionsPerAddressMax: 2 } });
  await connectRaw(t, server.port);
  await fetch(`${url}/healthz`);
  await (await connectRaw(t, server.port)).closed;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^zabble_refused\w*\{kind="connection"\} 1$/m);
});

function isOverRate(error: unknown): boolean {
  assert.ok(error instanceof ConnectError);
  assert.equal(error.code, Code.ResourceExhausted);
  const [info] = error.findDetails(ErrorInfoSchema);
  assert.equal(info?.reason, "OVERLOADED");
  assert.ok(info.retryAfterMs > 0 && info.retryAfterMs <= 1000);
  return true;
}
