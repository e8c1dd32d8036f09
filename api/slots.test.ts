// Proves that streams are bounded in number, for one address too, so that nobody can take all the
// places of others, and that a place is free again when its stream is over, however it ended.
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { Consistency, GameService } from "../gen/zabble/v1/game_pb.js";
import { connectRaw, startServer } from "./server-under-test.testing.js";
import { createSlots } from "./slots.js";

const TIMEOUT = { timeout: 10_000 };

function wordsOf(take: () => unknown): string {
  try {
    take();
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    assert.equal(code, Code.ResourceExhausted);
    return rawMessage;
  }
  return "";
}

test("one address may hold three quarters, the rest is for others", () => {
  const slots = createSlots(8, "things");
  const given = Array.from({ length: 6 }, () => slots.take("a"));
  assert.equal(
    wordsOf(() => slots.take("a")),
    "This address already holds 6 things here.",
  );
  slots.take("b");
  slots.take("b");
  assert.match(
    wordsOf(() => slots.take("c")),
    /already serves 8 things/,
  );
  given[0]?.();
  given[0]?.();
  assert.equal(slots.used(), 7);
  slots.take("a");
  assert.match(
    wordsOf(() => slots.take("c")),
    /already serves 8 things/,
  );
});

test("who has no address has no share", () => {
  const slots = createSlots(4, "things");
  for (let taken = 0; taken < 4; taken += 1) slots.take("");
  assert.match(
    wordsOf(() => slots.take("")),
    /already serves 4/,
  );
});

const MAX = 4;
const SHARE = 3;

/** One read, and then an open end. */
async function* readOnce(over: AbortSignal) {
  const call = { case: "getGame" as const, value: { consistency: Consistency.LOCAL } };
  yield { calls: [{ requestId: "r", call }] };
  await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
}

async function* askOnce(over: AbortSignal) {
  yield { messageRequest: { case: "listServices" as const, value: "" } };
  await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
}

type Open = (signal: AbortSignal) => AsyncIterable<unknown>;

/** How each kind of stream is opened; each says something at once. */
function kindsOf(baseUrl: string): ReadonlyMap<string, Open> {
  const transport = createGrpcTransport({ baseUrl });
  const game = createClient(GameService, transport);
  const cluster = createClient(ClusterService, transport);
  const health = createClient(Health, transport);
  return new Map<string, Open>([
    ["watchers", (signal) => game.watch({}, { signal })],
    ["trace watchers", (signal) => cluster.watchTrace({}, { signal })],
    ["health watchers", (signal) => health.watch({}, { signal })],
    ["Play streams", (signal) => game.play(readOnce(signal), { signal })],
  ]);
}

/** "open", or why not. */
async function wordsOfOpening(open: Open, signal: AbortSignal): Promise<string> {
  try {
    await open(signal)[Symbol.asyncIterator]().next();
    return "open";
  } catch (error) {
    return ConnectError.from(error).rawMessage;
  }
}

/** Opens so many, again and again for each while there is no place. */
async function openAll(t: TestContext, open: Open, count: number): Promise<AbortController> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  t.after(() => over.abort());
  let opened = 0;
  for (let tries = 0; opened < count && tries < 500; tries += 1) {
    if ((await wordsOfOpening(open, over.signal)) === "open") opened += 1;
  }
  assert.equal(opened, count);
  return over;
}

for (const kind of ["watchers", "trace watchers", "health watchers", "Play streams"]) {
  test(`one address cannot have all ${kind}, and gives them back`, TIMEOUT, async (t) => {
    const { url } = await startServer(t, { limits: { watchersMax: MAX } });
    const open = kindsOf(url).get(kind);
    assert.ok(open !== undefined);
    const first = await openAll(t, open, SHARE);
    const words = `This address already holds ${SHARE} ${kind} here.`;
    assert.equal(await wordsOfOpening(open, first.signal), words);
    first.abort();
    const second = await openAll(t, open, SHARE);
    assert.equal(await wordsOfOpening(open, second.signal), words);
  });
}

test("another address still finds a place, also for events as text", TIMEOUT, async (t) => {
  const { url, server } = await startServer(t, { limits: { watchersMax: MAX } });
  const game = createClient(GameService, createGrpcTransport({ baseUrl: url }));
  const { signal } = await openAll(t, () => game.watch({}), SHARE);
  assert.match(await wordsOfOpening(() => game.watch({}, { signal }), signal), /already holds/);
  const ask = "GET /rooms/lobby/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
  const same = await connectRaw(t, server.port);
  same.socket.write(ask);
  await same.has("HTTP/1.1 429 ");
  await same.has("This address already holds 3 watchers here.");
  const other = await connectRaw(t, server.port, "127.0.0.2");
  other.socket.write(ask);
  await other.has("event: snapshot");
});

test("reflection streams are counted, too", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
  const open: Open = (signal) => client.serverReflectionInfo(askOnce(signal), { signal });
  const { signal } = await openAll(t, open, 75);
  const words = "This address already holds 75 reflection streams here.";
  assert.equal(await wordsOfOpening(open, signal), words);
});
