// Proves how soon a watch goes on elsewhere: at once after a server that was there for a while, so
// that watchers hardly notice its death; after a pause if servers break off as soon as they speak;
// and away from one that is alone on its side of a cut.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { type WatchResponse, WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createFastClock } from "./fast-clock.testing.js";
import { brokenConnection, gameServer } from "./scripted-server.testing.js";
import { watch } from "./watch.js";

function statusOf(leaderId: string): WatchResponse {
  const value = { nodeId: "node1", leaderId, phase: Phase.BROADCAST };
  return create(WatchResponseSchema, { message: { case: "status", value } });
}

const STATUS = statusOf("node1");

/** How long after the end of each stream the next one was asked for, in milliseconds. */
async function pauses(liveMs: number, count: number): Promise<number[]> {
  const clock = createFastClock();
  const over = new AbortController();
  const found: number[] = [];
  let endedAt: number | undefined;
  const server: Transport = gameServer({
    async *watch(_request, { signal }) {
      if (endedAt !== undefined) found.push(clock.now() - endedAt);
      if (found.length === count) over.abort();
      yield STATUS;
      // Signs of life, so that silence is not what ends it.
      for (let ms = 0; ms < liveMs; ms += 500) {
        await clock.sleep(500, signal);
        yield STATUS;
      }
      endedAt = clock.now();
      throw brokenConnection();
    },
  });
  await watch({
    servers: ["http://one", "http://two"],
    transport: () => server,
    clock,
    room: "",
    from: 0n,
    signal: over.signal,
    onSnapshot: () => {},
    onTransactions: () => {},
    onStatus: () => {},
    onConnection: () => {},
  });
  return found;
}

test("the death of a server that was there for a while costs no pause", async () => {
  assert.deepEqual(await pauses(5000, 3), [0, 0, 0]);
});

test("servers that break off as soon as they have spoken are not hammered", async () => {
  assert.deepEqual(await pauses(500, 3), [50, 50, 50]);
});

test("a server that has lost the leader whom others follow is left", async () => {
  for (const known of [true, false]) {
    const clock = createFastClock();
    const over = new AbortController();
    const asked: string[] = [];
    const server = (name: string, leaderId: string): Transport =>
      gameServer({
        async *watch(_request, { signal }) {
          asked.push(name);
          for (let second = 0; second < 5; second++) {
            yield statusOf(leaderId);
            await clock.sleep(1000, signal);
          }
          over.abort();
        },
      });
    const cutOff = server("cut off", "");
    const led = server("led", "node3");
    const lost: string[] = [];
    await watch({
      servers: ["http://one", "http://two"],
      transport: (at) => (at === "http://one" ? cutOff : led),
      clock,
      room: "",
      from: 0n,
      signal: over.signal,
      ledElsewhere: () => (known ? "node3 leads" : undefined),
      onSnapshot: () => {},
      onTransactions: () => {},
      onStatus: () => {},
      onConnection: ({ state, words }) => {
        if (state === "lost") lost.push(`${Math.round(clock.now())} ${words}`);
      },
    });
    assert.deepEqual(asked, known ? ["cut off", "led"] : ["cut off"]);
    assert.deepEqual(lost, known ? ["1000 Lost http://one: node3 leads. Resuming after 0.0."] : []);
  }
});
