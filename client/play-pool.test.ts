// Proves that calls over Play reach a server that works, with the same request id, that the same id
// is the same call, and that "nothing happened" is said only when that is certain.
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
import { brokenConnection } from "./scripted-server.testing.js";

type Answer = "done" | "break" | "no leader" | "refused" | "silence";

/** Servers that answer the calls they get, in order, as they are told; the last one goes on. */
function rig(t: TestContext, scripts: Readonly<Record<string, readonly Answer[]>>) {
  const arrivals: string[] = [];
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
    transports.set(server, createRouterTransport(routes));
  }
  const pool = createPlayPool({
    servers: Object.keys(scripts),
    transport: (server) => transports.get(server) ?? assert.fail(server),
    clock: createFastClock(),
  });
  t.after(pool.close);
  return { pool, arrivals };
}

function responseOf(requestId: string, answer: Answer): PlayResponse {
  if (answer === "done") {
    const result = { case: "done" as const, value: { zxid: 9n, round: 1 } };
    return create(PlayResponseSchema, { results: [{ requestId, result }] });
  }
  const [code, reason] =
    answer === "refused" ? ["failed_precondition", "NO_OPEN_ROUND"] : ["unavailable", "NO_LEADER"];
  const value = { code, message: answer, info: { reason } };
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
  assert.match("message" in outcome ? outcome.message : "", /an earlier try may have happened/);
});

test("without a leader anywhere nothing happened, and that is said", async (t) => {
  const { pool } = rig(t, { a: ["no leader"], b: ["no leader"] });
  assert.equal((await pool.call(call("x"), 2000)).kind, "unavailable");
});

test("a silent server is left, and not asked again while it owes an answer", async (t) => {
  const { pool, arrivals } = rig(t, { a: ["silence"] });
  assert.equal((await pool.call(call("x"), 300)).kind, "unknown");
  assert.equal((await pool.call(call("x"), 300)).kind, "unknown");
  assert.equal(arrivals.length, 1);
});
