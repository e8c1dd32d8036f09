// Proves that calls over Play reach a server that works, with the same request id, that the same id
// is the same call, that "nothing happened" is said only when that is certain, and that a cluster
// which is down costs little: few tries, one timer, a bound on what waits.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type ConnectRouter, createRouterTransport, type Transport } from "@connectrpc/connect";
import {
  GameService,
  type PlayCall,
  type PlayResponse,
  PlayResponseSchema,
} from "../gen/zabble/v1/game_pb.js";
import { createFastClock } from "./fast-clock.testing.js";
import { createPlayPool } from "./play-pool.js";
import { brokenConnection, deadServer } from "./scripted-server.testing.js";

type Answer = "done" | "break" | "no leader" | "full" | "refused" | "silence";

/**
 * Servers that answer the calls they get, in order, as they are told; the last one goes on. Without
 * any answer nobody is there.
 */
function rig(t: TestContext, scripts: Readonly<Record<string, readonly Answer[]>>, max = 100) {
  const arrivals: string[] = [];
  const lost: string[] = [];
  const clock = createFastClock();
  const transports = new Map<string, Transport>();
  for (const [server, answers] of Object.entries(scripts)) {
    let count = 0;
    async function* play(requests: AsyncIterable<{ calls: PlayCall[] }>) {
      for await (const { calls } of requests) {
        for (const { requestId } of calls) {
          arrivals.push(`${server} ${requestId}`);
          const answer = answers[Math.min(count++, answers.length - 1)] ?? "done";
          if (answer === "break") throw brokenConnection();
          if (answer !== "silence") yield responseOf(requestId, answer);
        }
      }
    }
    const routes = ({ service }: ConnectRouter) => service(GameService, { play });
    transports.set(server, answers.length === 0 ? deadServer() : createRouterTransport(routes));
  }
  const pool = createPlayPool({
    servers: Object.keys(scripts),
    transport: (server) => transports.get(server) ?? assert.fail(server),
    clock,
    outstandingMax: max,
    onLost: (server, reason) => lost.push(`${server}: ${reason}`),
  });
  t.after(pool.close);
  return { pool, arrivals, lost, clock };
}

function responseOf(requestId: string, answer: Answer): PlayResponse {
  if (answer === "done") {
    const result = { case: "done" as const, value: { zxid: 9n, round: 1 } };
    return create(PlayResponseSchema, { results: [{ requestId, result }] });
  }
  const errors = {
    refused: { code: "failed_precondition", info: { reason: "NO_OPEN_ROUND" } },
    full: { code: "resource_exhausted", info: { reason: "OVERLOADED", retryAfterMs: 50 } },
  };
  const noLeader = { code: "unavailable", info: { reason: "NO_LEADER" } };
  const error = answer === "refused" || answer === "full" ? errors[answer] : noLeader;
  const value = { ...error, message: answer };
  return create(PlayResponseSchema, { results: [{ requestId, result: { case: "error", value } }] });
}

function call(requestId: string) {
  const value = { room: "lobby", player: "ann", value: 5 };
  return { requestId, call: { case: "submitGuess" as const, value } };
}

test("a call that a server lost is repeated on the next one with the same id", async (t) => {
  const { pool, arrivals } = rig(t, { a: ["break"], b: ["no leader", "done"], c: ["no leader"] });
  assert.equal((await pool.call(call("x"), 5000)).kind, "committed");
  assert.deepEqual([...new Set(arrivals.map((arrival) => arrival.split(" ")[1]))], ["x"]);
  assert.equal(pool.pending(), 0);
});

test("the same id under way is the same call", async (t) => {
  const { pool, arrivals } = rig(t, { a: ["done"] });
  const [one, other] = await Promise.all([pool.call(call("x"), 5000), pool.call(call("x"), 5000)]);
  assert.deepEqual(one, other);
  assert.equal(arrivals.length, 1);
});

test("a refusal is final, unless an earlier try is in doubt", async (t) => {
  const sure = rig(t, { a: ["refused"] });
  assert.equal((await sure.pool.call(call("x"), 5000)).kind, "refused");
  const unsure = rig(t, { a: ["break"], b: ["refused"] });
  const outcome = await unsure.pool.call(call("x"), 5000);
  assert.equal(outcome.kind, "unknown");
  assert.match("message" in outcome ? outcome.message : "", /An earlier try may have happened/);
});

function read(requestId: string) {
  return { requestId, call: { case: "getGame" as const, value: { room: "lobby" } } };
}

const NOBODY = { kind: "unavailable", message: "No node can be reached." };

test("without a leader anywhere nothing happened, said in the nodes' words", async (t) => {
  const { pool, clock } = rig(t, { a: ["no leader"], b: [], c: ["no leader"] });
  const outcome = await pool.call(call("x"), 10_000);
  assert.ok(outcome.kind === "unavailable" && outcome.message === "no leader");
  assert.ok(clock.now() >= 1000 && clock.now() < 1200, `given up after ${clock.now()} ms`);
});

test("an election of half a second is bridged", async (t) => {
  const looking = Array.from<unknown, Answer>({ length: 9 }, () => "no leader");
  const { pool, clock } = rig(t, { a: [...looking, "done"] });
  assert.equal((await pool.call(call("x"), 10_000)).kind, "committed");
  assert.ok(clock.now() > 500 && clock.now() < 1000, `${clock.now()} ms`);
});

test("nobody is told of addresses; who runs the pool is, once a server", async (t) => {
  const { pool, lost } = rig(t, { a: [], b: [] });
  const calls = Array.from({ length: 30 }, (_, index) => pool.call(call(`c${index}`), 10_000));
  for (const outcome of await Promise.all(calls)) assert.deepEqual(outcome, NOBODY);
  assert.deepEqual(await pool.call(read("r"), 10_000), NOBODY);
  assert.deepEqual(lost.sort(), ["a: connect ECONNREFUSED", "b: connect ECONNREFUSED"]);
});

test("a deadline that passes is told as such, with doubt only where there is some", async (t) => {
  const { pool } = rig(t, { a: ["no leader"] });
  assert.deepEqual(await pool.call(call("x"), 300), { kind: "expired", inDoubt: false });
  const silent = rig(t, { a: ["silence"] });
  assert.deepEqual(await silent.pool.call(call("x"), 300), { kind: "expired", inDoubt: true });
  assert.deepEqual(await silent.pool.call(read("y"), 300), { kind: "expired", inDoubt: false });
  const broken = rig(t, { a: ["break", "no leader"] });
  assert.deepEqual(await broken.pool.call(call("x"), 3000), { kind: "expired", inDoubt: true });
});

test("a silent server is left, and not asked again while it owes an answer", async (t) => {
  const { pool, arrivals } = rig(t, { a: ["silence"] });
  assert.equal((await pool.call(call("x"), 300)).kind, "expired");
  assert.equal((await pool.call(call("x"), 300)).kind, "expired");
  assert.equal(arrivals.length, 1);
});

test("a silent server fails no call that waits behind it", async (t) => {
  const { pool, clock } = rig(t, { a: [], b: ["silence"], c: ["done"] });
  const first = pool.call(call("x"), 5000);
  await clock.sleep(1, new AbortController().signal);
  const later = pool.call(call("y"), 5000);
  assert.equal((await first).kind, "committed");
  assert.equal((await later).kind, "committed");
  const reading = rig(t, { a: ["break", "no leader"] });
  assert.equal((await reading.pool.call(read("z"), 3000)).kind, "unavailable");
});

test("beyond the bound a command is refused at once, and takes no server's place", async (t) => {
  const { pool, arrivals } = rig(t, { a: ["silence"], b: ["done"] }, 3);
  const calls = ["1", "2", "3"].map((id) => pool.call(call(id), 5000));
  assert.deepEqual(await pool.call(call("4"), 5000), { kind: "overloaded", max: 3 });
  assert.equal(pool.pending(), 3);
  for (const outcome of await Promise.all(calls)) assert.equal(outcome.kind, "committed");
  assert.equal((await pool.call(call("5"), 5000)).kind, "committed");
  assert.ok(!arrivals.includes("a 4") && !arrivals.includes("b 4"), arrivals.join());
});

test("what all servers have no room for is told after a while, in their words", async (t) => {
  const full = { a: ["full"], b: ["full"], c: ["full"], d: ["full"], e: ["full"] } as const;
  const { pool, arrivals } = rig(t, full);
  const outcome = await pool.call(call("x"), 10_000);
  assert.ok(outcome.kind === "unavailable" && outcome.info?.reason === "OVERLOADED");
  assert.ok(arrivals.length <= 22, "not more often than every 50 ms");
});

test("while the cluster looks for a leader one call tries for all, and then all go", async (t) => {
  const looking = Array.from<unknown, Answer>({ length: 80 + 6 }, () => "no leader");
  const { pool, arrivals, clock } = rig(t, { a: [...looking, "done"] });
  const calls = Array.from({ length: 80 }, (_, index) => pool.call(call(`c${index}`), 10_000));
  for (const outcome of await Promise.all(calls)) assert.equal(outcome.kind, "committed");
  assert.equal(arrivals.length, 80 + 6 + 80);
  assert.ok(clock.now() < 400, `all at once, not one after another: ${clock.now()} ms`);
});

test("who tries for all and runs out of time leaves that to another", async (t) => {
  const { pool } = rig(t, { a: ["no leader", "no leader", "silence", "done"] });
  const hasty = pool.call(call("x"), 200);
  const patient = pool.call(call("y"), 5000);
  assert.equal((await hasty).kind, "expired");
  assert.equal((await patient).kind, "committed");
});

test("what is under way when the pool ends is told what is certain", async (t) => {
  const { pool, clock } = rig(t, { a: ["silence"] });
  const calls = [pool.call(call("x"), 5000), pool.call(read("y"), 5000)];
  await clock.sleep(10, new AbortController().signal);
  pool.close();
  assert.deepEqual(
    (await Promise.all(calls)).map(({ kind }) => kind),
    ["unknown", "unavailable"],
  );
  assert.equal((await pool.call(call("z"), 5000)).kind, "unavailable");
});
