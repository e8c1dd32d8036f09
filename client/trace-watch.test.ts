// Proves that a trace is followed for as long as it is wanted: asked again when the server ends it,
// breaks or is not there, less and less often while it stays away, and never after the end.
import assert from "node:assert/strict";
import test from "node:test";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { ClusterService, type TraceEvent } from "../gen/zabble/v1/cluster_pb.js";
import { createFastClock } from "./fast-clock.testing.js";
import { brokenConnection, deadServer, never } from "./scripted-server.testing.js";
import { watchTrace } from "./trace-watch.js";

/** Answers each question with the next script; the time of each question is noted. */
function rig(scripts: readonly ((signal: AbortSignal) => AsyncIterable<string>)[]) {
  const clock = createFastClock();
  const askedAt: number[] = [];
  const over = new AbortController();
  const transport = createRouterTransport(({ service }) => {
    service(ClusterService, {
      async *watchTrace(_request, { signal }) {
        askedAt.push(clock.now());
        const script = scripts[askedAt.length - 1];
        if (script === undefined) throw brokenConnection();
        for await (const kind of script(signal)) yield { events: [{ kind }], dropped: 2n };
      },
    });
  });
  const options = { server: "a", transport: () => transport, clock, signal: over.signal };
  return { clock, askedAt, over, options };
}

async function* say(...kinds: readonly string[]): AsyncIterable<string> {
  yield* kinds;
}

test("events and what was left out are handed on; an ended stream is asked for again", async () => {
  const { askedAt, over, options } = rig([
    () => say("VOTE", "ROLE"),
    async function* () {
      yield "SYNC";
      throw brokenConnection();
    },
    () => say("COMMIT"),
  ]);
  const heard: string[] = [];
  let droppedCount = 0n;
  await watchTrace({
    ...options,
    onEvents(events, dropped) {
      heard.push(...events.map(({ kind }) => kind));
      droppedCount += dropped;
      if (heard.length === 4) over.abort();
    },
  });
  assert.deepEqual(heard, ["VOTE", "ROLE", "SYNC", "COMMIT"]);
  assert.equal(droppedCount, 8n);
  assert.deepEqual(askedAt, [0, 500, 1000]);
});

test("a server that stays away is asked less and less often, and at once often again", async () => {
  const { clock, over, options } = rig([]);
  const askedAt: number[] = [];
  const { transport: answering } = rig([() => say("VOTE")]).options;
  const away: Transport = deadServer();
  const transport = (): Transport => {
    askedAt.push(clock.now());
    if (askedAt.length === 8) over.abort();
    return askedAt.length === 6 ? answering() : away;
  };
  await watchTrace({ ...options, transport, onEvents() {} });
  const waits = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
  assert.deepEqual(waits, [500, 1000, 2000, 2000, 2000, 500, 1000]);
});

test("an abort ends it at once, in a stream and between two", async () => {
  const { over, options, askedAt } = rig([
    async function* (signal) {
      yield "VOTE";
      await never(signal);
    },
  ]);
  await watchTrace({ ...options, onEvents: () => over.abort() });
  assert.deepEqual(askedAt, [0]);
  const hasty = rig([() => say("VOTE", "ROLE")]);
  let heard = 0;
  await watchTrace({
    ...hasty.options,
    onEvents() {
      heard += 1;
      hasty.over.abort();
    },
  });
  assert.equal(heard, 1, "what was under way is not told any more");
  const between = rig([]);
  const watching = watchTrace({
    ...between.options,
    clock: {
      now: () => 0,
      async sleep() {
        between.over.abort();
      },
    },
    onEvents() {},
  });
  await watching;
  assert.equal(between.askedAt.length, 1);
});

test("what the callback throws is not taken for the server's failure", async () => {
  const { options, askedAt } = rig([() => say("VOTE")]);
  const onEvents = (_events: readonly TraceEvent[]): void => {
    throw new Error("ours");
  };
  await assert.rejects(watchTrace({ ...options, onEvents }), /ours/);
  assert.equal(askedAt.length, 1);
});
