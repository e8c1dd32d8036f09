// Proves that the gateway asks each node for its trace once, however many look, and not at all
// while nobody does; that a node that comes back is seen again; and that what nodes left out is
// told.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { createFastClock } from "../client/fast-clock.testing.js";
import { brokenConnection, deadServer, never } from "../client/scripted-server.testing.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { createNodeTraces } from "./node-traces.js";

const SERVERS = ["http://a", "http://b"];

/** Nodes that say one event when they are asked, and then nothing until they break. */
function rig(t: TestContext) {
  const open = new Map<string, AbortController>();
  const asked: string[] = [];
  const down = new Set<string>();
  let changed = (): void => {};
  const up = (server: string): Transport =>
    createRouterTransport(({ service }) => {
      service(ClusterService, {
        async *watchTrace(_request, { signal }) {
          const broken = new AbortController();
          open.set(server, broken);
          asked.push(server);
          signal.addEventListener("abort", () => {
            open.delete(server);
            changed();
          });
          yield { events: [{ kind: "VOTE", nodeId: server }], dropped: 3n };
          await never(AbortSignal.any([signal, broken.signal]));
        },
      });
    });
  const traces = createNodeTraces({
    servers: SERVERS,
    transport: (server) => (down.has(server) ? deadServer() : up(server)),
    clock: createFastClock(),
    fail: (error) => {
      throw error;
    },
  });
  t.after(() => traces.close());
  const note = (): void => changed();
  return {
    traces,
    asked,
    open,
    down,
    note,
    breakOff: (server: string) => open.get(server)?.abort(brokenConnection()),
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
  };
}

function ear(note: () => void) {
  const heard: string[] = [];
  let droppedCount = 0n;
  return {
    heard,
    dropped: () => droppedCount,
    onEvent: ({ nodeId }: { readonly nodeId: string }) => {
      heard.push(nodeId);
      note();
    },
    onDropped: (count: bigint) => {
      droppedCount += count;
      note();
    },
  };
}

test("one stream a node for all who look, none before the first and after the last", async (t) => {
  const { traces, asked, open, note, until } = rig(t);
  assert.deepEqual(asked, []);
  const one = ear(note);
  const stopOne = traces.listen(one.onEvent, one.onDropped);
  await until(() => one.heard.length === 2);
  const stopOther = traces.listen(() => {});
  assert.deepEqual(asked, SERVERS, "the second one found them open");
  stopOne();
  assert.equal(open.size, 2, "somebody still looks");
  stopOther();
  await until(() => open.size === 0);
  const again = ear(note);
  traces.listen(again.onEvent);
  await until(() => again.heard.length === 2);
  assert.deepEqual(asked, [...SERVERS, ...SERVERS]);
  assert.equal(one.heard.length, 2, "who stopped hears nothing more");
});

test("a node that breaks off, is away for a while and comes back is seen again", async (t) => {
  const { traces, down, note, until, breakOff } = rig(t);
  const listener = ear(note);
  traces.listen(listener.onEvent, listener.onDropped);
  await until(() => listener.heard.length === 2);
  down.add("http://a");
  breakOff("http://a");
  breakOff("http://b");
  await until(() => listener.heard.length === 3);
  assert.equal(listener.heard.at(-1), "http://b");
  down.delete("http://a");
  await until(() => listener.heard.includes("http://a", 2));
});

test("what nodes left out is told to everybody who asks for it", async (t) => {
  const { traces, note, until } = rig(t);
  const one = ear(note);
  const other = ear(note);
  traces.listen(one.onEvent, one.onDropped);
  traces.listen(other.onEvent, other.onDropped);
  await until(() => one.dropped() === 6n && other.dropped() === 6n);
});
