/**
 * Proves that calls of one tick share a message, that answers find their calls in any order, and
 * that a broken stream says of every call what is known of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { createFastClock, stoppedClock } from "./fast-clock.testing.js";
import { startH2Server } from "./h2-server.testing.js";
import { createPlaySession, type PlayCallInit, type PlaySession } from "./play-session.js";
import { brokenConnection, deadServer, gameServer, never } from "./scripted-server.testing.js";

function guess(requestId: string, value = 50): PlayCallInit {
  const command = { room: "lobby", player: "alice", value };
  return { requestId, call: { case: "submitGuess", value: command } };
}

function sessionOn(transport: Transport, pendingMax = 100): PlaySession {
  return createPlaySession({ transport, clock: createFastClock(), silenceMs: 3000, pendingMax });
}

function done(requestId: string, zxid: bigint) {
  return { requestId, result: { case: "done" as const, value: { zxid, round: 1 } } };
}

test("calls of one tick travel in one message, and answers come in any order", async () => {
  const sizes: number[] = [];
  const session = sessionOn(
    gameServer({
      async *play(requests) {
        for await (const { calls } of requests) {
          sizes.push(calls.length);
          const results = calls.map(({ requestId }) => done(requestId, BigInt(requestId)));
          yield { results: results.reverse() };
        }
      },
    }),
  );
  const first = await Promise.all(["1", "2", "3"].map((id) => session.call(guess(id))));
  assert.deepEqual(
    first.map((outcome) => outcome.kind === "committed" && outcome.zxid),
    [1n, 2n, 3n],
  );
  await session.call(guess("4"));
  assert.deepEqual(sizes, [3, 1]);
  session.close();
  assert.equal(await session.ended, "closed by the caller");
});

test("a great many calls of one tick are several messages of bounded size", async () => {
  const sizes: number[] = [];
  const session = sessionOn(
    gameServer({
      async *play(requests) {
        for await (const { calls } of requests) {
          sizes.push(calls.length);
          yield { results: calls.map(({ requestId }) => done(requestId, 1n)) };
        }
      },
    }),
    1000,
  );
  const ids = Array.from({ length: 300 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => session.call(guess(id))));
  assert.deepEqual(sizes, [128, 128, 44]);
  session.close();
  await session.ended;
});

test("refusals, unknown outcomes and reads arrive as such", async () => {
  const info = { reason: "NO_OPEN_ROUND" };
  const answers = [
    { code: "failed_precondition", message: "closed", info },
    { code: "unavailable", message: "no leader", info: { reason: "NO_LEADER" } },
    { code: "unavailable", message: "lost", info: { reason: "LEADER_LOST", outcomeUnknown: true } },
  ];
  const session = sessionOn(
    gameServer({
      async *play(requests) {
        for await (const { calls } of requests) {
          const results = calls.map(({ requestId, call }, index) => {
            if (call.case === "getGame") {
              const game = { zxid: 8n, room: { name: call.value.room, round: 2 } };
              return { requestId, result: { case: "game" as const, value: game } };
            }
            const error = answers[index] ?? { code: "internal", message: "?" };
            return { requestId, result: { case: "error" as const, value: error } };
          });
          yield { results };
        }
      },
    }),
  );
  const read: PlayCallInit = { requestId: "d", call: { case: "getGame", value: { room: "x" } } };
  const [refused, undone, unknown, game] = await Promise.all(
    [guess("a"), guess("b"), guess("c"), read].map((call) => session.call(call)),
  );
  assert.ok(refused?.kind === "refused" && refused.info?.reason === "NO_OPEN_ROUND");
  assert.equal(undone?.kind, "unavailable");
  assert.ok(unknown?.kind === "unknown" && unknown.requestId === "c");
  assert.ok(game?.kind === "game" && game.game.room?.name === "x");
  session.close();
});

test("when the stream breaks, what was sent is unknown, what comes later is undone", async () => {
  const session = sessionOn(
    gameServer({
      // biome-ignore lint/correctness/useYield: this server fails before its first answer.
      async *play(requests) {
        for await (const _request of requests) throw brokenConnection();
      },
    }),
  );
  const outcomes = await Promise.all([session.call(guess("a")), session.call(guess("b"))]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind === "unknown" && outcome.requestId),
    ["a", "b"],
  );
  assert.match(await session.ended, /ECONNRESET/);
  assert.equal((await session.call(guess("c"))).kind, "unavailable");
  assert.equal(session.pending(), 0);
});

test("what never left the queue certainly did not happen", async () => {
  const session = sessionOn(deadServer());
  const outcome = session.call(guess("a"));
  session.close();
  assert.equal((await outcome).kind, "unavailable");
});

test("a server that goes silent is given up", async () => {
  const session = sessionOn(
    gameServer({
      async *play(requests, { signal }) {
        for await (const { calls } of requests) {
          for (const { requestId } of calls)
            if (requestId === "a") yield { results: [done("a", 1n)] };
          if (calls.some(({ requestId }) => requestId !== "a")) await never(signal);
        }
      },
    }),
  );
  assert.equal((await session.call(guess("a"))).kind, "committed");
  assert.equal((await session.call(guess("b"))).kind, "unknown");
  assert.equal(await session.ended, "no answer for 3000 ms");
});

test("there is a bound on unanswered calls, and no two of them have the same id", async () => {
  const session = sessionOn(
    gameServer({
      async *play(_requests, { signal }) {
        yield { results: [] };
        await never(signal);
      },
    }),
    2,
  );
  const waiting = [session.call(guess("a")), session.call(guess("b"))];
  assert.equal((await session.call(guess("c"))).kind, "unavailable");
  assert.equal(session.pending(), 2);
  session.close();
  await Promise.all(waiting);
  const other = sessionOn(gameServer({}));
  const first = other.call(guess("a"));
  assert.throws(() => other.call(guess("a")), /request id of its own/);
  await first;
});

test("over a real connection that breaks off, everything unanswered is unknown", async () => {
  const arrived: string[] = [];
  let sayArrived: () => void = () => {};
  const bothArrived = new Promise<void>((resolve) => {
    sayArrived = resolve;
  });
  const server = await startH2Server(({ service }) => {
    service(GameService, {
      async *play(requests) {
        for await (const { calls } of requests) {
          arrived.push(...calls.map(({ requestId }) => requestId));
          if (calls.some(({ requestId }) => requestId === "a")) yield { results: [done("a", 1n)] };
          if (arrived.length === 2) sayArrived();
        }
      },
    });
  });
  const sessionManager = new Http2SessionManager(server.url);
  try {
    const session = createPlaySession({
      transport: createConnectTransport({ baseUrl: server.url, httpVersion: "2", sessionManager }),
      clock: stoppedClock,
      silenceMs: 3000,
      pendingMax: 10,
    });
    assert.equal((await session.call(guess("a"))).kind, "committed");
    const second = session.call(guess("b"));
    await bothArrived;
    server.breakOff();
    assert.equal((await second).kind, "unknown");
    await session.ended;
  } finally {
    sessionManager.abort();
    await server.close();
  }
});
