/**
 * Proves that a command keeps its request id through every attempt, that each outcome says no more
 * than is certain, and that a server that answered is asked again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import fc from "fast-check";
import { Consistency } from "../gen/zabble/v1/game_pb.js";
import { createFastClock } from "./fast-clock.testing.js";
import {
  brokenConnection,
  connectionRefused,
  deadServer,
  gameServer,
  never,
  noLeader,
  zabbleError,
} from "./scripted-server.testing.js";
import { createZabbleClient, type ZabbleClient } from "./zabble-client.js";

const alice = { room: "attic", player: "alice" };

function clientOf(servers: Readonly<Record<string, Transport>>, deadlineMs = 5000): ZabbleClient {
  let made = 0;
  return createZabbleClient({
    servers: Object.keys(servers),
    transport: (server) => servers[server] ?? deadServer(),
    clock: createFastClock(),
    requestId: () => `id-${++made}`,
    deadlineMs,
  });
}

test("a command carries what was said and returns where it was committed", async () => {
  const seen: unknown[] = [];
  const client = clientOf({
    a: gameServer({
      setTarget: ({ room, player, value, requestId }) => {
        seen.push({ room, player, value, requestId });
        return { zxid: 12n, round: 3 };
      },
    }),
  });
  const outcome = await client.setTarget({ ...alice, value: 0 });
  const want = { kind: "committed", zxid: 12n, round: 3, server: "a", attempts: 1 };
  assert.deepEqual(outcome, want);
  assert.deepEqual(seen, [{ ...alice, value: 0, requestId: "id-1" }]);
});

test("a retry goes elsewhere with the same id, and the next call begins there", async () => {
  const ids: string[] = [];
  const client = clientOf({
    a: gameServer({
      submitGuess: ({ requestId }) => {
        ids.push(`a ${requestId}`);
        throw noLeader();
      },
    }),
    b: gameServer({
      submitGuess: ({ requestId }) => {
        ids.push(`b ${requestId}`);
        return { zxid: 1n, round: 1 };
      },
    }),
  });
  const first = await client.submitGuess({ ...alice, value: 52 });
  assert.equal(first.kind === "committed" && first.attempts, 2);
  const second = await client.submitGuess({ ...alice, value: 53, requestId: "mine" });
  assert.equal(second.kind === "committed" && second.server, "b");
  assert.deepEqual(ids, ["a id-1", "b id-1", "b mine"]);
});

test("a frozen server is left after a second, with the same id", async () => {
  const ids: string[] = [];
  const clock = createFastClock();
  const servers: Readonly<Record<string, Transport>> = {
    frozen: gameServer({
      closeRound: ({ requestId }, { signal }) => {
        ids.push(requestId);
        return never(signal);
      },
    }),
    well: gameServer({
      closeRound: ({ requestId }) => {
        ids.push(requestId);
        return { zxid: 9n, round: 2 };
      },
    }),
  };
  const client = createZabbleClient({
    servers: ["frozen", "well"],
    transport: (server) => servers[server] ?? deadServer(),
    clock,
    requestId: () => "once",
    deadlineMs: 5000,
  });
  const outcome = await client.closeRound(alice);
  assert.equal(outcome.kind, "committed");
  assert.deepEqual(ids, ["once", "once"]);
  assert.ok(clock.now() >= 1000 && clock.now() < 1100, `it took ${clock.now()} ms`);
});

test("with next to no time left no attempt is begun that could only end in doubt", async () => {
  let calls = 0;
  const dead = deadServer();
  const counted: Transport = {
    unary: (...call) => {
      calls++;
      return dead.unary(...call);
    },
    stream: dead.stream,
  };
  const client = clientOf({ counted }, 52);
  assert.equal((await client.closeRound(alice)).kind, "unavailable");
  assert.equal(calls, 1, "a second one would have had 47 ms");
});

test("a refusal is a value, comes with its explanation and is not tried again", async () => {
  let calls = 0;
  const info = { reason: "NO_OPEN_ROUND", rule: "an open round" };
  const client = clientOf({
    a: gameServer({
      submitGuess: () => {
        calls++;
        throw zabbleError(Code.FailedPrecondition, info, "Round 2 is closed.");
      },
    }),
    b: deadServer(),
  });
  const outcome = await client.submitGuess({ ...alice, value: 1 });
  assert.ok(outcome.kind === "refused");
  assert.equal(outcome.code, "failed_precondition");
  assert.equal(outcome.message, "Round 2 is closed.");
  assert.equal(outcome.info?.reason, "NO_OPEN_ROUND");
  assert.equal(calls, 1);
});

test("without a leader and without servers it is certain that nothing happened", async () => {
  const clock = createFastClock();
  const times: number[] = [];
  const lookingServer = gameServer({
    setTarget: () => {
      times.push(clock.now());
      throw noLeader();
    },
  });
  const client = createZabbleClient({
    servers: ["a", "dead"],
    transport: (server) => (server === "a" ? lookingServer : deadServer()),
    clock,
    requestId: () => "x",
    deadlineMs: 2000,
  });
  const outcome = await client.setTarget({ ...alice, value: 5 });
  assert.equal(outcome.kind, "unavailable");
  const last = times.at(-1) ?? 0;
  assert.ok(last > 1700 && last <= 1950, `the last attempt came at ${last} ms`);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  assert.ok(Math.min(...pauses) >= 10, "a pause is at least 5 ms, and there are two servers");
  assert.ok(Math.max(...pauses) <= 200, "a pause is at most 100 ms, and there are two servers");
});

test("one attempt in doubt makes the whole unknown, and the words say what is safe", async () => {
  let calls = 0;
  const client = clientOf({
    a: gameServer({
      setTarget: () => {
        calls++;
        throw calls === 1 ? brokenConnection() : noLeader();
      },
    }),
  });
  const outcome = await client.setTarget({ ...alice, value: 5, requestId: "keep-me" });
  assert.ok(outcome.kind === "unknown");
  assert.equal(outcome.requestId, "keep-me");
  assert.match(outcome.message, /same request id \(keep-me\) is safe/);
  assert.ok(calls > 2);
});

test("after an attempt in doubt only a malformed command is certainly refused", async () => {
  for (const [code, want] of [
    [Code.FailedPrecondition, "unknown"],
    [Code.InvalidArgument, "refused"],
  ] as const) {
    let calls = 0;
    const client = clientOf({
      a: gameServer({
        closeRound: () => {
          calls++;
          throw calls === 1 ? brokenConnection() : zabbleError(code, { reason: "X" });
        },
      }),
    });
    assert.equal((await client.closeRound(alice)).kind, want);
    assert.equal(calls, 2);
  }
});

test("a deadline that the server met in time to say so counts as certain", async () => {
  const unknown = { reason: "DEADLINE", outcomeUnknown: true };
  for (const [info, want] of [
    [unknown, "unknown"],
    [{ reason: "DEADLINE" }, "unavailable"],
  ] as const) {
    const client = clientOf({
      a: gameServer({
        setTarget: () => {
          throw zabbleError(Code.DeadlineExceeded, info);
        },
      }),
    });
    assert.equal((await client.setTarget({ ...alice, value: 5 })).kind, want);
  }
});

test("overload is tried again, a message that is too large is not", async () => {
  let calls = 0;
  const overload = { reason: "OVERLOADED", retryAfterMs: 50 };
  const client = clientOf({
    a: gameServer({
      setTarget: () => {
        if (++calls === 1) throw zabbleError(Code.ResourceExhausted, overload);
        return { zxid: 4n, round: 1 };
      },
      submitGuess: () => {
        throw new ConnectError("message is larger than 65536 bytes", Code.ResourceExhausted);
      },
    }),
  });
  assert.equal((await client.setTarget({ ...alice, value: 5 })).kind, "committed");
  assert.equal((await client.submitGuess({ ...alice, value: 5 })).kind, "refused");
});

test("a read is tried again like a command, and fails as unavailable", async () => {
  let calls = 0;
  const client = clientOf({
    a: gameServer({
      getGame: ({ room, consistency }) => {
        calls++;
        if (calls === 1) throw brokenConnection();
        assert.equal(consistency, Consistency.LINEARIZABLE);
        return { zxid: 7n, room: { name: room, round: 1 } };
      },
      listRooms: () => {
        throw brokenConnection();
      },
    }),
  });
  const game = await client.getGame({ room: "attic", consistency: Consistency.LINEARIZABLE });
  assert.ok(game.kind === "ok");
  assert.equal(game.value.room?.name, "attic");
  assert.equal(game.attempts, 2);
  const rooms = await client.listRooms({ consistency: Consistency.LOCAL });
  assert.equal(rooms.kind, "unavailable");
});

/** What becomes of one attempt; the lost ones break off, and were carried out or were not. */
type Fate = "commit" | "commit, answer lost" | "lost" | "no leader" | "not there" | "refused";

test("whatever the servers do, an outcome says no more than what happened", async () => {
  const fates = fc.array(
    fc.constantFrom<Fate>(
      "commit",
      "commit, answer lost",
      "lost",
      "no leader",
      "not there",
      "refused",
    ),
    { maxLength: 12 },
  );
  const run = async (script: readonly Fate[], serverCount: number): Promise<void> => {
    const committed = new Map<string, bigint>();
    const ids = new Set<string>();
    let attempts = 0;
    let fate: Fate = "no leader";
    const server = gameServer({
      submitGuess: ({ requestId }) => {
        ids.add(requestId);
        const before = committed.get(requestId);
        if (fate === "no leader") throw noLeader();
        if (fate === "lost") throw brokenConnection();
        if (fate === "refused" && before === undefined) {
          throw zabbleError(Code.FailedPrecondition, { reason: "NO_OPEN_ROUND" });
        }
        const zxid = before ?? BigInt(attempts);
        committed.set(requestId, zxid);
        if (fate === "commit, answer lost") throw brokenConnection();
        return { zxid, round: 1 };
      },
    });
    const unreliable: Transport = {
      unary: (...call) => {
        fate = script[attempts++] ?? "no leader";
        return fate === "not there" ? Promise.reject(connectionRefused()) : server.unary(...call);
      },
      stream: server.stream,
    };
    const names = Array.from({ length: serverCount }, (_, index) => `server${index}`);
    const client = clientOf(Object.fromEntries(names.map((name) => [name, unreliable])), 500);
    const outcome = await client.submitGuess({ ...alice, value: 50 });
    assert.ok(ids.size <= 1, "every attempt has the same id");
    const zxid = committed.get("id-1");
    switch (outcome.kind) {
      case "committed":
        assert.equal(outcome.zxid, zxid);
        assert.equal(outcome.attempts, attempts);
        break;
      case "refused":
      case "unavailable":
        assert.equal(zxid, undefined);
        assert.ok(!script.slice(0, attempts).includes("lost"), "a lost attempt may still happen");
        break;
      case "unknown":
        assert.ok(script.slice(0, attempts).some((fate) => fate.includes("lost")));
    }
  };
  await fc.assert(fc.asyncProperty(fates, fc.integer({ min: 1, max: 4 }), run), { numRuns: 200 });
});
