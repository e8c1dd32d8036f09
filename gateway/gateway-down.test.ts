// Proves what clients are told by a gateway whose nodes are all down, over the wire: soon, with the
// right code and a hint, without the address of any node, and nothing about a game it has not seen.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test, { type TestContext } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { systemClock } from "../client/system-clock.js";
import { patternConfig } from "../config/pattern-config.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { Consistency, GameService, type PlayResult } from "../gen/zabble/v1/game_pb.js";
import { startGateway } from "./gateway.js";

const SERVERS = ["http://127.0.0.1:1", "http://127.0.0.1:2"];

async function rig(t: TestContext) {
  const warned: string[] = [];
  const gateway = await startGateway({
    at: { host: "127.0.0.1", port: 0 },
    servers: SERVERS,
    limits: { ...patternConfig(1).limits, outstandingMax: 50 },
    clock: systemClock,
    requestId: randomUUID,
    log: { warn: (message, fields) => warned.push(`${message} ${fields?.server}`), error() {} },
    fail: (error) => {
      throw error;
    },
  });
  t.after(() => gateway.close());
  const base = `http://127.0.0.1:${gateway.port}`;
  const transport = createConnectTransport({ baseUrl: base, httpVersion: "2" });
  return { base, warned, client: createClient(GameService, transport) };
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => assert.fail("it should have been refused"),
    (reason: unknown) => ConnectError.from(reason),
  );
}

function assertUnreachable(error: ConnectError, words: RegExp): void {
  assert.equal(error.code, Code.Unavailable, error.message);
  assert.match(error.rawMessage, words);
  assert.doesNotMatch(error.rawMessage, /127\.0\.0\.1|ECONN|outcome/);
  const [info] = error.findDetails(ErrorInfoSchema);
  assert.ok(info !== undefined && info.retryAfterMs > 0 && !info.outcomeUnknown);
}

test("commands and confirmed reads: no node can be reached, after about a second", async (t) => {
  const { client, warned } = await rig(t);
  const startedAt = performance.now();
  const command = { room: "lobby", player: "ann", value: 5, requestId: "x" };
  const errors = await Promise.all([
    errorOf(client.setTarget(command)),
    errorOf(client.getGame({ room: "lobby" })),
    errorOf(client.listRooms({})),
  ]);
  const tookMs = performance.now() - startedAt;
  for (const error of errors) assertUnreachable(error, /^No node can be reached\.$/);
  assert.ok(tookMs < 3000, `${tookMs} ms`);
  assert.deepEqual(
    warned.sort(),
    SERVERS.map((server) => `a node is lost ${server}`),
    "once a node, not once a call",
  );
});

test("of a cluster never seen, game, log and stream are not empty but unknown", async (t) => {
  const { base, client } = await rig(t);
  const notSeen = /^This gateway has not seen the cluster yet\.$/;
  const consistency = Consistency.LOCAL;
  assertUnreachable(await errorOf(client.getGame({ room: "lobby", consistency })), notSeen);
  assertUnreachable(await errorOf(client.listRooms({ consistency })), notSeen);
  assertUnreachable(await errorOf(client.listEvents({})), notSeen);
  const watching = client.watch({ room: "" })[Symbol.asyncIterator]();
  assertUnreachable(await errorOf(watching.next()), notSeen);
  for (const path of ["/rooms/lobby/log", "/rooms/lobby/events", "/rooms?consistency=local"]) {
    const answer = await fetch(`${base}${path}`);
    assert.equal(answer.status, 503, path);
    assert.match(await answer.text(), /has not seen the cluster yet/);
  }
});

test("a stream of calls is told the same, and goes on", async (t) => {
  const { client } = await rig(t);
  const call = { case: "getGame" as const, value: { consistency: Consistency.LOCAL } };
  async function* requests() {
    yield { calls: [{ requestId: "first", call }] };
    yield { calls: [{ requestId: "second", call }] };
  }
  const seen: string[] = [];
  for await (const { results } of client.play(requests())) {
    for (const { requestId, result } of results) {
      seen.push(`${requestId} ${result.case === "error" ? result.value.code : result.case}`);
    }
  }
  assert.deepEqual(seen, ["first unavailable", "second unavailable"]);
});

test("more commands at once than it takes are refused at once", async (t) => {
  const { client } = await rig(t);
  const value = { room: "lobby", player: "ann", value: 5 };
  const codes = new Map<string, number>();
  async function play(stream: number): Promise<void> {
    const calls = Array.from({ length: 40 }, (_, index) => {
      return { requestId: `${stream}-${index}`, call: { case: "submitGuess" as const, value } };
    });
    async function* requests() {
      yield { calls };
    }
    for await (const { results } of client.play(requests())) results.forEach(count);
  }
  function count({ result }: PlayResult): void {
    const code = result.case === "error" ? result.value.code : "none";
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  await Promise.all([play(1), play(2), play(3)]);
  assert.deepEqual(Object.fromEntries(codes), { resource_exhausted: 70, unavailable: 50 });
});
