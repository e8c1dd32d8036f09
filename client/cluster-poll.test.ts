// Proves that the nodes are asked in time and all at once, that a dead, frozen or strange one costs
// no more than its time-out, and that polling ends when it is told to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouterTransport, type ServiceImpl, type Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import type { Clock } from "./clock.js";
import type { ClusterPoll } from "./cluster-model.js";
import { type ClusterPollOptions, createClusterPoll } from "./cluster-poll.js";
import { createFastClock, stoppedClock } from "./fast-clock.testing.js";
import { startH2Server } from "./h2-server.testing.js";
import { deadServer, never } from "./scripted-server.testing.js";

type Methods = Partial<ServiceImpl<typeof ClusterService>>;

const cluster = {
  quorum: 2,
  nodes: ["1", "2", "3"].map((nodeId) => ({ nodeId, address: `node:${nodeId}`, alive: true })),
};

/** Answers both calls, as the node with that id. */
function wellNode(nodeId: string): Methods {
  return { getCluster: () => cluster, getStatus: () => ({ status: { nodeId } }) };
}

const frozen: Methods = {
  getCluster: (_request, { signal }) => never(signal),
  getStatus: (_request, { signal }) => never(signal),
};

function serverOf(methods: Methods): Transport {
  return createRouterTransport(({ service }) => {
    service(ClusterService, methods);
  });
}

interface Setting extends Partial<ClusterPollOptions> {
  /** By base address; what is not in it is dead. */
  readonly world: Readonly<Record<string, Methods>>;
  /** Ends after so many polls. */
  readonly polls: number;
  /** Called with each poll, its number from 1 on, and the poller's `pollNow`. */
  readonly look?: (count: number, pollNow: () => void) => void;
}

interface Recorded {
  readonly polls: readonly ClusterPoll[];
  /** How often each server's transport was made. */
  readonly made: ReadonlyMap<string, number>;
}

async function record({ world, polls: most, look, ...options }: Setting): Promise<Recorded> {
  const stop = new AbortController();
  const polls: ClusterPoll[] = [];
  const made = new Map<string, number>();
  const poller = createClusterPoll({
    servers: ["http://node:1", "http://node:2"],
    transport(server) {
      made.set(server, (made.get(server) ?? 0) + 1);
      const methods = world[server];
      return methods === undefined ? deadServer() : serverOf(methods);
    },
    clock: createFastClock(),
    serverOf: (address) => `http://${address}`,
    direct: true,
    everyMs: 1000,
    onPoll(poll) {
      polls.push(poll);
      if (polls.length === most) stop.abort();
      else look?.(polls.length, poller.pollNow);
    },
    signal: stop.signal,
    ...options,
  });
  await poller.ended;
  return { polls, made };
}

function saidBy({ words }: ClusterPoll): string[] {
  return [...words.keys()].sort();
}

const well = {
  "http://node:1": wellNode("1"),
  "http://node:2": wellNode("2"),
  "http://node:3": wellNode("3"),
};

test("each poll has one server's view and every node's own word, the first one too", async () => {
  const { polls, made } = await record({ world: well, polls: 3 });
  for (const [index, poll] of polls.entries()) {
    assert.equal(poll.seen?.server, "http://node:1");
    assert.equal(poll.seen?.cluster.nodes.length, 3);
    assert.deepEqual(saidBy(poll), ["1", "2", "3"]);
    assert.equal(poll.atMs, index * 1000, "start to start");
  }
  assert.deepEqual([...made.values()], [1, 1, 1], "a transport is kept");
});

test("behind a gateway the nodes are not asked themselves", async () => {
  const { polls, made } = await record({ world: well, polls: 2, direct: false });
  assert.deepEqual(polls.map(saidBy), [[], []]);
  assert.deepEqual([...made.keys()], ["http://node:1"]);
});

test("a gateway may take longer than a node, unless told otherwise", async () => {
  const late = (afterMs: number, clock: Clock): Methods => ({
    async getCluster(_request, { signal }) {
      await clock.sleep(afterMs, signal);
      return cluster;
    },
  });
  async function hears(options: Partial<ClusterPollOptions>, afterMs: number): Promise<boolean> {
    const clock = createFastClock();
    const world = { "http://node:1": late(afterMs, clock) };
    const servers = ["http://node:1"];
    const { polls } = await record({ world, servers, clock, polls: 1, ...options });
    return polls[0]?.seen !== undefined;
  }
  assert.equal(await hears({ direct: false }, 1900), true);
  assert.equal(await hears({ direct: false }, 2100), false);
  assert.equal(await hears({ direct: true }, 300), true);
  assert.equal(await hears({ direct: true }, 500), false);
  assert.equal(await hears({ direct: false, answerWithinMs: 3000 }, 2100), true);
});

test("a silent server is passed over; who answered is asked first from then on", async () => {
  let asked = 0;
  const { polls } = await record({
    world: {
      "http://node:1": {
        getCluster(_request, { signal }) {
          asked += 1;
          return never(signal);
        },
      },
      "http://node:2": wellNode("2"),
    },
    polls: 3,
  });
  assert.deepEqual(
    polls.map(({ seen }) => seen?.server),
    ["http://node:2", "http://node:2", "http://node:2"],
  );
  assert.equal(asked, 1);
  assert.deepEqual(polls.map(saidBy), [["2"], ["2"], ["2"]]);
});

test("a frozen node costs its time-out and no more, and polls keep their beat", async () => {
  const { polls } = await record({ world: { ...well, "http://node:3": frozen }, polls: 3 });
  assert.deepEqual(polls.map(saidBy), [
    ["1", "2"],
    ["1", "2"],
    ["1", "2"],
  ]);
  assert.deepEqual(
    polls.map(({ atMs }) => atMs),
    [400, 1400, 2400],
  );
});

/** All nodes well in the first poll, and after it as `later` says. */
function changingWorld(later: Transport): Pick<Setting, "transport" | "look" | "world"> {
  let now: Transport | undefined;
  return {
    world: {},
    transport(server) {
      const node = serverOf(wellNode(server));
      return {
        unary: (...call) => (now ?? node).unary(...call),
        stream: (...call) => (now ?? node).stream(...call),
      };
    },
    look() {
      now = later;
    },
  };
}

test("when all nodes are dead the poll says that nobody answered", async () => {
  const { polls } = await record({ ...changingWorld(deadServer()), polls: 2 });
  assert.equal(polls[0]?.seen?.server, "http://node:1");
  assert.equal(polls[1]?.seen, undefined);
  assert.equal(polls[1]?.words.size, 0);
});

test("the nodes that are known are asked at the same time as the server", async () => {
  const { polls } = await record({
    ...changingWorld(serverOf(frozen)),
    servers: ["http://node:1"],
    polls: 2,
  });
  assert.equal(polls[1]?.atMs, 1400);
});

test("asking for a poll ends the pause, and many wishes are one", async () => {
  const { polls } = await record({
    world: well,
    polls: 4,
    look(count, pollNow) {
      if (count !== 2) return;
      pollNow();
      pollNow();
    },
  });
  assert.deepEqual(
    polls.map(({ atMs }) => atMs),
    [0, 1000, 1000, 2000],
  );
});

test("a wish during the pause wakes it, one during a poll makes another after it", async () => {
  const stop = new AbortController();
  const clock = createFastClock();
  const at: number[] = [];
  let release: () => void = () => {};
  let calls = 0;
  const slow: Methods = {
    async getCluster() {
      calls += 1;
      if (calls === 2) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return cluster;
    },
  };
  const poller = createClusterPoll({
    servers: ["a"],
    transport: () => serverOf(slow),
    clock,
    serverOf: (address) => address,
    direct: false,
    everyMs: 1000,
    signal: stop.signal,
    onPoll({ atMs }) {
      at.push(atMs);
      if (at.length === 3) stop.abort();
    },
  });
  await clock.sleep(300, stop.signal);
  poller.pollNow();
  await clock.sleep(100, stop.signal);
  assert.equal(calls, 2);
  poller.pollNow();
  poller.pollNow();
  release();
  await poller.ended;
  assert.deepEqual(at, [0, 400, 400]);
});

test("it ends at once, in a pause and in the middle of a call, and says no more", async () => {
  const inPause = new AbortController();
  const clock: Clock = {
    now: () => 0,
    sleep(ms, signal) {
      if (ms === 5000) inPause.abort();
      return stoppedClock.sleep(ms, signal);
    },
  };
  const options = {
    servers: ["a"],
    serverOf: (address: string) => address,
    direct: true,
    everyMs: 5000,
  };
  let told = 0;
  await createClusterPoll({
    ...options,
    clock,
    transport: () => serverOf(wellNode("1")),
    onPoll: () => (told += 1),
    signal: inPause.signal,
  }).ended;
  assert.equal(told, 1);
  const inCall = new AbortController();
  await createClusterPoll({
    ...options,
    clock: stoppedClock,
    transport: () =>
      serverOf({
        getCluster(_request, { signal }) {
          inCall.abort();
          return never(signal);
        },
      }),
    onPoll: () => assert.fail("nobody listens any more"),
    signal: inCall.signal,
  }).ended;
});

test("over real connections, while a server dies and comes to life again", async () => {
  const stop = new AbortController();
  const server = await startH2Server(({ service }) => {
    service(ClusterService, {
      getCluster: () => ({
        quorum: 1,
        nodes: [{ nodeId: "1", address: server.url.slice(7), alive: true }],
      }),
      getStatus() {
        // The second poll's: the process dies in the middle of it.
        if (polls.length === 1) server.breakOff();
        return { status: { nodeId: "1" } };
      },
    });
  });
  const session = new Http2SessionManager(server.url);
  const polls: ClusterPoll[] = [];
  const poller = createClusterPoll({
    servers: [server.url],
    transport: (baseUrl) =>
      createConnectTransport({ baseUrl, httpVersion: "2", sessionManager: session }),
    clock: stoppedClock,
    serverOf: (address) => `http://${address}`,
    direct: true,
    everyMs: 1000,
    signal: stop.signal,
    onPoll(poll) {
      polls.push(poll);
      if (polls.length === 3) stop.abort();
      else poller.pollNow();
    },
  });
  await poller.ended;
  session.abort();
  await server.close();
  assert.deepEqual(polls.map(saidBy), [["1"], [], ["1"]]);
});
