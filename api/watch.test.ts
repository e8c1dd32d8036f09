// Proves what a watcher may rely on: a snapshot unless it can resume, then every transaction of its
// room in order, without gap or repeat, whatever happens in between; the node's status; a bounded
// queue; an end with the right code.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import type { Command } from "../game/command.js";
import { zxidOf } from "../game/zxid.js";
import { Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { GameService, type WatchRequest, type WatchResponse } from "../gen/zabble/v1/game_pb.js";
import {
  type ServerUnderTest,
  type ServerUnderTestOptions,
  startServer,
  until,
} from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };

let commands = 0;

function setTarget(room: string, value = 10): Command {
  commands += 1;
  return { type: "SetTarget", room, player: "ada", value, requestId: `c${commands}` };
}

interface Under extends ServerUnderTest {
  readonly client: Client<typeof GameService>;
}

async function start(context: TestContext, options: ServerUnderTestOptions = {}): Promise<Under> {
  const under = await startServer(context, options);
  return {
    ...under,
    client: createClient(GameService, createGrpcTransport({ baseUrl: under.url })),
  };
}

/** A watcher that tells what it is sent in short: "snapshot 1.2 a b", "committed 1.3: 1.3", ... */
interface Story {
  next(): Promise<string>;
  /** The next that is no status and no mere advance of zxid. */
  nextOfGame(): Promise<string>;
  end(): Promise<void>;
}

function watch(
  context: TestContext,
  client: Client<typeof GameService>,
  request: Partial<Omit<WatchRequest, "$typeName">>,
): Story {
  const abort = new AbortController();
  const stream = client.watch(request, { signal: abort.signal })[Symbol.asyncIterator]();
  async function next(): Promise<string> {
    const result = await stream.next();
    return result.done === true ? "end" : inShort(result.value);
  }
  async function end(): Promise<void> {
    abort.abort();
    await stream.next().catch(() => {});
  }
  context.after(end);
  return {
    next,
    end,
    async nextOfGame() {
      for (;;) {
        const told = await next();
        if (!told.startsWith("status") && !/^committed [\d.]+:$/.test(told)) return told;
      }
    },
  };
}

function inShort({ message }: WatchResponse): string {
  switch (message.case) {
    case "snapshot": {
      const rooms = message.value.rooms.map(({ name }) => ` ${name}`).join("");
      return `snapshot ${dotted(message.value.zxid)}${rooms}`;
    }
    case "committed": {
      const { transactions, zxid } = message.value;
      const list = transactions.map(({ epoch, counter }) => ` ${epoch}.${counter}`).join("");
      return `committed ${dotted(zxid)}:${list}`;
    }
    case "status":
      return `status ${Role[message.value.role]} ${Phase[message.value.phase]}`;
    default:
      return "nothing";
  }
}

const dotted = (zxid: bigint): string => `${zxid >> 32n}.${zxid & 0xffff_ffffn}`;

test(
  "it begins with a snapshot and the status, then come transactions",
  TIMEOUT,
  async (context) => {
    const { replica, client } = await start(context);
    replica.commit(setTarget("a"), setTarget("b"));
    const story = watch(context, client, {});
    assert.equal(await story.next(), "snapshot 1.2 a b");
    assert.equal(await story.next(), "status LEADING BROADCAST");
    replica.commit(setTarget("a"));
    assert.equal(await story.next(), "committed 1.3: 1.3");
  },
);

test("what is applied together comes as one message", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  const story = watch(context, client, {});
  await story.next();
  await story.next();
  replica.commit(setTarget("a"), setTarget("b"), setTarget("a"));
  assert.equal(await story.next(), "committed 1.3: 1.1 1.2 1.3");
});

test(
  "a room's watcher sees the room and changes of leader, and how far the log is",
  TIMEOUT,
  async (t) => {
    const { replica, client } = await start(t, { timing: { statusEveryMs: 20 } });
    replica.commit(setTarget("a"), setTarget("b"));
    const story = watch(t, client, { room: "b" });
    assert.equal(await story.next(), "snapshot 1.2 b");
    assert.equal(await story.next(), "status LEADING BROADCAST");
    replica.commit(setTarget("a"));
    assert.equal(await story.next(), "status LEADING BROADCAST");
    assert.equal(
      await story.next(),
      "committed 1.3:",
      "nothing for it, but it may resume from here",
    );
    replica.commit(setTarget("a"), setTarget("b"), setTarget("a"));
    assert.equal(await story.nextOfGame(), "committed 1.6: 1.5");
    replica.establish();
    assert.equal(await story.nextOfGame(), "committed 2.0: 2.0");
  },
);

test("a room that does not exist is an empty snapshot until it does", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  const story = watch(context, client, { room: "new" });
  assert.equal(await story.next(), "snapshot 1.0");
  replica.commit(setTarget("new"));
  assert.equal(await story.nextOfGame(), "committed 1.1: 1.1");
});

test("it resumes where it can, without a snapshot", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  replica.commit(setTarget("a"), setTarget("b"), setTarget("a"));
  const all = watch(context, client, { fromZxid: zxidOf(1, 1) });
  assert.equal(await all.next(), "status LEADING BROADCAST");
  assert.equal(await all.next(), "committed 1.3: 1.2 1.3");
  const one = watch(context, client, { room: "b", fromZxid: zxidOf(1, 2) });
  assert.equal(await one.next(), "status LEADING BROADCAST");
  assert.equal(await one.next(), "committed 1.3:");
  replica.commit(setTarget("b"));
  assert.equal(await all.nextOfGame(), "committed 1.4: 1.4");
  assert.equal(await one.nextOfGame(), "committed 1.4: 1.4");
});

test("too far back, it begins with a snapshot again", TIMEOUT, async (context) => {
  const { replica, client } = await start(context, { tailMax: 2 });
  replica.commit(setTarget("a"), setTarget("a"), setTarget("a"), setTarget("a"));
  const story = watch(context, client, { fromZxid: zxidOf(1, 1) });
  assert.equal(await story.next(), "snapshot 1.4 a");
  const near = watch(context, client, { fromZxid: zxidOf(1, 2) });
  assert.equal(await near.nextOfGame(), "committed 1.4: 1.3 1.4");
});

test(
  "farther back than a watcher may lag, a snapshot is sent instead",
  TIMEOUT,
  async (context) => {
    const { replica, client } = await start(context, { limits: { watchQueueMax: 2 } });
    replica.commit(setTarget("a"), setTarget("a"), setTarget("a"), setTarget("b"));
    assert.equal(
      await watch(context, client, { fromZxid: zxidOf(1, 1) }).nextOfGame(),
      "snapshot 1.4 a b",
    );
    const room = watch(context, client, { room: "b", fromZxid: zxidOf(1, 1) });
    assert.equal(await room.nextOfGame(), "committed 1.4: 1.4", "only its own room counts");
  },
);

test(
  "a client that is ahead waits for this node, and is not sent what it knows",
  TIMEOUT,
  async (t) => {
    const { replica, client } = await start(t, { timing: { statusEveryMs: 20 } });
    replica.commit(setTarget("a"));
    replica.hold();
    const story = watch(t, client, { fromZxid: zxidOf(1, 3) });
    assert.equal(await story.next(), "status LEADING BROADCAST");
    replica.commit(setTarget("a"), setTarget("a"), setTarget("a"));
    assert.equal(await story.nextOfGame(), "committed 1.4: 1.4");
    replica.release();
  },
);

test("a zxid that no quorum knows is from another life: a snapshot", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  replica.commit(setTarget("a"));
  const story = watch(context, client, { fromZxid: zxidOf(7, 0) });
  assert.equal(await story.nextOfGame(), "snapshot 1.1 a");
  replica.commit(setTarget("a"));
  assert.equal(await story.nextOfGame(), "committed 1.2: 1.2");
});

test(
  "ahead of a node without a leader: unavailable, so the client goes elsewhere",
  TIMEOUT,
  async (t) => {
    const { replica, client } = await start(t);
    replica.setPhase(Phase.ELECTION);
    const story = watch(t, client, { fromZxid: zxidOf(7, 0) });
    assert.equal(await codeOf(story.nextOfGame()), Code.Unavailable);
  },
);

test("when the node's state was replaced, a snapshot follows", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  const story = watch(context, client, { room: "a" });
  assert.equal(await story.next(), "snapshot 1.0");
  replica.resetWith(setTarget("a"), setTarget("a"));
  assert.equal(await story.nextOfGame(), "snapshot 1.2 a");
  replica.commit(setTarget("a"));
  assert.equal(await story.nextOfGame(), "committed 1.3: 1.3");
});

test("the status comes on every change", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  const story = watch(context, client, {});
  assert.equal(await story.next(), "snapshot 1.0");
  assert.equal(await story.next(), "status LEADING BROADCAST");
  replica.setPhase(Phase.ELECTION);
  assert.equal(await story.next(), "status LOOKING ELECTION");
  replica.setPhase(Phase.BROADCAST);
  assert.equal(await story.next(), "status LEADING BROADCAST");
});

test("the status comes at least every two seconds by itself", TIMEOUT, async (context) => {
  const { client } = await start(context);
  const story = watch(context, client, {});
  await story.next();
  await story.next();
  const startedAt = performance.now();
  assert.equal(await story.next(), "status LEADING BROADCAST");
  assert.ok(performance.now() - startedAt < 2000);
});

test(
  "one watcher too many is resource_exhausted; a place is free again after one left",
  TIMEOUT,
  async (t) => {
    const { server, client } = await start(t, { limits: { watchersMax: 1 } });
    const first = watch(t, client, {});
    await first.next();
    assert.equal(await codeOf(watch(t, client, {}).next()), Code.ResourceExhausted);
    await first.end();
    await until(() => server.watchers() === 0);
    assert.equal(await watch(t, client, {}).next(), "snapshot 1.0");
  },
);

test("a bad room is invalid_argument", TIMEOUT, async (context) => {
  const { client } = await start(context);
  assert.equal(await codeOf(watch(context, client, { room: "a b" }).next()), Code.InvalidArgument);
});

test("a stream ends with the code of what ended it", TIMEOUT, async (context) => {
  const { replica, client } = await start(context);
  const late = client.watch({}, { timeoutMs: 100 })[Symbol.asyncIterator]();
  const story = watch(context, client, {});
  await late.next();
  await story.next();
  assert.equal(await codeOf(drain(late)), Code.DeadlineExceeded);
  replica.close();
  assert.equal(await codeOf(story.nextOfGame()), Code.Unavailable);
});

test("every protocol and codec carries the same messages", TIMEOUT, async (context) => {
  const { url, replica } = await start(context);
  replica.commit(setTarget("a"), setTarget("b"));
  const options = { baseUrl: url, httpVersion: "1.1" } as const;
  const transports = [
    createConnectTransport({ ...options, useBinaryFormat: true }),
    createConnectTransport({ ...options, useBinaryFormat: false }),
    createGrpcWebTransport({ ...options, useBinaryFormat: true }),
    createGrpcWebTransport({ ...options, useBinaryFormat: false }),
    createGrpcTransport({ baseUrl: url }),
  ];
  const streams = transports.map((transport) => {
    const abort = new AbortController();
    context.after(() => abort.abort());
    const client = createClient(GameService, transport);
    return client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  });
  const [first, ...others] = await firstOfEach(streams);
  assert.equal(first?.message.case, "snapshot");
  for (const other of others) assert.deepEqual(other, first);
  await firstOfEach(streams);
  replica.commit(setTarget("a"), setTarget("b"));
  const [committed, ...rest] = await firstOfEach(streams);
  assert.equal(committed?.message.case, "committed");
  for (const other of rest) assert.deepEqual(other, committed);
});

async function firstOfEach(
  streams: readonly AsyncIterator<WatchResponse>[],
): Promise<(WatchResponse | undefined)[]> {
  return Promise.all(
    streams.map(async (stream) => {
      const result = await stream.next();
      return result.done === true ? undefined : result.value;
    }),
  );
}

async function drain(stream: AsyncIterator<unknown>): Promise<void> {
  while ((await stream.next()).done !== true);
}

async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error).code;
  }
  return undefined;
}
