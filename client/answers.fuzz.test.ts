// Proves that no answer of a server makes a client throw or ask for ever: a screen's picture of the
// nodes stays one that can be drawn, each call is settled once, and reading the past ends, in a
// stretch of it or in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GetClusterResponseSchema, NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { ListEventsResponseSchema, PlayResultSchema } from "../gen/zabble/v1/game_pb.js";
import { anyMessageOf } from "../test/any-message.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { afterPoll, type ClusterModel, nodesTakingPart } from "./cluster-model.js";
import { createFastClock } from "./fast-clock.testing.js";
import { readLogTail } from "./log-tail.js";
import { createPastReader } from "./past-reader.js";
import { createPlaySession } from "./play-session.js";
import { gameServer } from "./scripted-server.testing.js";
import type { ZabbleClient } from "./zabble-client.js";

const RUNS = 500;

const nodeId = fc.constantFrom("node1", "node2", "node3");

/** Few nodes, so that each is spoken of more than once. */
const anyStatus = fc.tuple(anyMessageOf(NodeStatusSchema), nodeId).map(([status, nodeId]) => {
  status.nodeId = nodeId;
  return status;
});

const anyCluster = fc
  .tuple(anyMessageOf(GetClusterResponseSchema), fc.array(fc.option(nodeId), { minLength: 3 }))
  .map(([cluster, nodeIds]) => {
    for (const [index, node] of cluster.nodes.entries()) {
      node.nodeId = nodeIds[index] ?? node.nodeId;
    }
    return cluster;
  });

const anyPoll = fc.record({
  tookMs: fc.oneof(fc.constant(0), fc.nat({ max: 2000 })),
  cluster: fc.option(anyCluster),
  own: fc.array(anyStatus, { maxLength: 3 }),
});

test("whatever nodes say of themselves and each other, there is a picture of it", () => {
  fc.assert(
    fc.property(fc.array(anyPoll, { minLength: 1, maxLength: 6 }), (polls) => {
      let model: ClusterModel | undefined;
      let atMs = 1_763_000_000_000;
      for (const { tookMs, cluster, own } of polls) {
        atMs += tookMs;
        const words = new Map(own.map((status) => [status.nodeId, { status, atMs }]));
        const seen = cluster === null ? undefined : { server: "http://a", cluster, atMs };
        model = afterPoll(model, { atMs, seen, words });
        assert.ok(nodesTakingPart(model) <= model.nodes.length);
        for (const { rates, lag } of model.nodes) {
          assert.ok(rates.length <= 60 && rates.every(Number.isFinite), `${rates}`);
          assert.ok(lag === undefined || (Number.isInteger(lag) && lag >= 0), `${lag}`);
        }
      }
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("each call on a Play stream is settled once, whatever is answered", async () => {
  const anyResults = fc.array(fc.array(anyMessageOf(PlayResultSchema), { maxLength: 4 }), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(anyResults, async (messages) => {
      const transport = gameServer({
        async *play() {
          for (const results of messages) yield { results };
        },
      });
      const options = { transport, clock: createFastClock(), silenceMs: 1000, pendingMax: 10 };
      const session = createPlaySession(options);
      const call = { case: "getGame" as const, value: { room: "lobby" } };
      const calls = ["r1", "node1", "lobby"].map((requestId) => session.call({ requestId, call }));
      for (const { kind } of await Promise.all(calls)) {
        assert.ok(["committed", "game", "refused", "unknown", "unavailable"].includes(kind));
      }
      assert.equal(session.pending(), 0);
      await session.ended;
    }),
    fuzzed(import.meta.url, 200),
  );
});

/** Gives these answers in turn, then none; counts the questions. */
function answering(pages: readonly ListEventsPage[]) {
  let asked = 0;
  const listEvents: ZabbleClient["listEvents"] = async () => {
    const value = pages[asked];
    asked += 1;
    if (value === undefined) return { kind: "unavailable", message: "no answer" };
    return { kind: "ok", value, server: "http://a", attempts: 1 };
  };
  return { listEvents, asked: () => asked };
}

type ListEventsPage = Extract<
  Awaited<ReturnType<ZabbleClient["listEvents"]>>,
  { readonly kind: "ok" }
>["value"];

test("reading the past ends in a stretch or in words, whatever the pages hold", async () => {
  const zxid = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const going = new AbortController().signal;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMessageOf(ListEventsResponseSchema), { maxLength: 6 }),
      zxid,
      fc.oneof(
        zxid.map((zxid) => ({ zxid })),
        fc.nat({ max: 9 }).map((ordinal) => ({ ordinal })),
      ),
      async (pages, until, place) => {
        const { listEvents, asked } = answering(pages);
        const reader = createPastReader({ room: "lobby", listEvents });
        const parts: number[] = [];
        const scan = await reader.scan(until, (part) => parts.push(part), going);
        assert.ok(scan.ok || scan.message !== "");
        assert.ok(parts.every((part) => part >= 0 && part <= 1));
        const read = await reader.stretch(place, 3, going);
        assert.ok(!read.ok || read.stretch.transactions.length <= 7);
        const options = { listEvents, before: until, count: 50, signal: going };
        assert.ok((await readLogTail(options)).length <= 50);
        assert.ok(asked() <= pages.length + 1 + 1 + 8, `it asked ${asked()} times`);
      },
    ),
    fuzzed(import.meta.url, RUNS),
  );
});
