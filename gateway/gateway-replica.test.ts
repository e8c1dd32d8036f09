// Proves what the gateway promises beyond its nodes: whoever is told "committed" finds it in its
// read model, a confirmed read waits for that too but not beyond its deadline, watchers resume from
// memory, its status is true, and before it has seen the cluster it says so.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import type { Outcome, ReadOutcome } from "../api/replica.js";
import type { Clock } from "../client/clock.js";
import { createFastClock, stoppedClock } from "../client/fast-clock.testing.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { NodeStatusSchema, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { GameService, type WatchResponse, WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createGatewayReplica } from "./gateway-replica.js";

interface RigOptions {
  readonly clock?: Clock;
  /** Until the node answers a call. */
  readonly answerMs?: number;
}

/** A node that streams what it is told, and commits every command at zxid 9. */
function rig(t: TestContext, { clock = stoppedClock, answerMs = 0 }: RigOptions = {}) {
  const queue: WatchResponse[] = [];
  let wake: () => void = () => {};
  const transport = createRouterTransport(({ service }) => {
    service(GameService, {
      async *watch(_request, { signal }) {
        signal.addEventListener("abort", () => wake(), { once: true });
        while (!signal.aborted) {
          const next = queue.shift();
          if (next !== undefined) yield next;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      },
      async *play(requests) {
        for await (const { calls } of requests) {
          if (answerMs > 0) await clock.sleep(answerMs, new AbortController().signal);
          for (const { requestId, call } of calls) {
            const result =
              call.case === "getGame"
                ? { case: "game" as const, value: { zxid: 9n } }
                : { case: "done" as const, value: { zxid: 9n, round: 1 } };
            yield { results: [{ requestId, result }] };
          }
        }
      },
    });
  });
  let ids = 0;
  const replica = createGatewayReplica({
    servers: ["http://a"],
    transport: () => transport,
    clock,
    requestId: () => `id-${++ids}`,
    limits: { deadlineMs: 1000, logTailEntries: 100, outstandingMax: 100 },
    cluster: () => undefined,
    log: { warn() {} },
    fail: (error) => {
      throw error;
    },
  });
  t.after(() => replica.close());
  const heard: string[] = [];
  let hear: () => void = () => {};
  replica.subscribe({
    onApplied: (transactions) => note(`applied ${transactions.map(({ zxid }) => zxid)}`),
    onReset: () => note("reset"),
    onStatus: ({ leaderId }) => note(`led by ${leaderId || "nobody"}`),
  });
  function note(word: string): void {
    heard.push(word);
    hear();
  }
  return {
    replica,
    heard,
    send(message: WatchResponse["message"]): void {
      queue.push(create(WatchResponseSchema, { message }));
      wake();
    },
    async until(word: string): Promise<void> {
      while (!heard.includes(word)) {
        await new Promise<void>((resolve) => {
          hear = resolve;
        });
      }
    },
  };
}

const SNAPSHOT = create(WatchResponseSchema, {
  message: { case: "snapshot", value: { zxid: 8n, rooms: [] } },
}).message;

function committed(zxid: bigint): WatchResponse["message"] {
  const event = { type: "TargetSet", room: `r${zxid}`, round: 1, value: 5, by: "ann" } as const;
  const transaction = { zxid, prev: zxid - 1n, time: 1, requestId: "", events: [event] };
  const value = { transactions: [transactionToMessage(transaction)], zxid };
  return create(WatchResponseSchema, { message: { case: "committed", value } }).message;
}

const COMMAND = {
  type: "SetTarget",
  room: "r9",
  player: "ann",
  value: 5,
  requestId: "x",
} as const;

/** Enough turns for whatever needs no more news to happen. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("an answer waits until the read model holds what it speaks of", async (t) => {
  const { replica, send, until } = rig(t);
  send(SNAPSHOT);
  await until("reset");
  assert.equal(replica.isReady(), true);
  const told: (Outcome | ReadOutcome)[] = [];
  replica.submit(COMMAND, 1000, (outcome) => told.push(outcome));
  replica.readIndex(1000, (outcome) => told.push(outcome));
  await idle();
  assert.deepEqual(told, [], "committed, but not yet here");
  send(committed(9n));
  await until("applied 9");
  await idle();
  assert.deepEqual(told, [
    { ok: true, zxid: 9n, round: 1 },
    { ok: true, zxid: 9n },
  ]);
  assert.equal(replica.game().rooms.get("r9")?.target, 5);
});

test("waiting for the cluster and then for the read model has one deadline", async (t) => {
  const clock = createFastClock();
  const { replica, send, until } = rig(t, { clock, answerMs: 600 });
  send(SNAPSHOT);
  await until("reset");
  const told: string[] = [];
  const tell = (outcome: Outcome | ReadOutcome): void => {
    told.push(`${outcome.ok ? "ok" : outcome.refusal.reason} at ${clock.now()}`);
  };
  await new Promise<void>((resolve) => {
    replica.submit(COMMAND, 1000, (outcome) => {
      tell(outcome);
      resolve();
    });
  });
  const readAtMs = clock.now();
  await new Promise<void>((resolve) => {
    replica.readIndex(1000, (outcome) => {
      tell(outcome);
      resolve();
    });
  });
  assert.deepEqual(told, ["ok at 1000", `DEADLINE at ${readAtMs + 1000}`]);
});

test("before the first snapshot the game is said to be unknown, no more", async (t) => {
  const { replica, send, until } = rig(t);
  const notSeen = /has not seen the cluster yet/;
  assert.equal(replica.game().zxid, 0n);
  assert.throws(() => replica.game().rooms, notSeen);
  assert.equal(replica.recent(0n), undefined);
  await assert.rejects(replica.history(0n, 1), notSeen);
  send(SNAPSHOT);
  await until("reset");
  assert.equal(replica.game().rooms.size, 0);
  assert.deepEqual(replica.recent(8n), []);
});

test("watchers resume from memory, as far as it reaches", async (t) => {
  const { replica, send, until } = rig(t);
  send(SNAPSHOT);
  send(committed(9n));
  send(committed(10n));
  await until("applied 10");
  assert.deepEqual(
    replica.recent(9n)?.map(({ zxid }) => zxid),
    [10n],
  );
  assert.equal(replica.recent(7n), undefined);
});

test("its status says who leads, and nobody while its node knows nobody", async (t) => {
  const { replica, send, until } = rig(t);
  assert.equal(replica.status().phase, Phase.ELECTION, "not before it has heard anything");
  const follows = { nodeId: "n1", leaderId: "n2", role: Role.FOLLOWING, phase: Phase.BROADCAST };
  send({ case: "status", value: create(NodeStatusSchema, { ...follows, epoch: 3 }) });
  await until("led by n2");
  const { nodeId, leaderId, epoch, phase } = replica.status();
  assert.deepEqual([nodeId, leaderId, epoch, phase], ["gateway", "n2", 3, Phase.BROADCAST]);
  const looks = { nodeId: "n1", leaderId: "", role: Role.LOOKING, phase: Phase.ELECTION };
  send({ case: "status", value: create(NodeStatusSchema, looks) });
  await until("led by nobody");
  assert.equal(replica.status().role, Role.LOOKING);
});
