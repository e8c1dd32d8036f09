// Proves that a Play stream answers every call exactly once and by its request id, that the calls
// are pipelined and answered in bursts, and that no client can make it hold more than its bounds.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createHandlerContext } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import {
  Consistency,
  GameService,
  type PlayCall,
  PlayCallSchema,
  type PlayRequest,
  PlayRequestSchema,
  type PlayResult,
} from "../gen/zabble/v1/game_pb.js";
import { createLocalReplica, type LocalReplica } from "./local-replica.testing.js";
import { createPlay } from "./play.js";
import {
  type ServerUnderTest,
  type ServerUnderTestOptions,
  startServer,
  turn,
  until,
} from "./server-under-test.testing.js";

import { createSlots } from "./slots.js";

const TIMEOUT = { timeout: 10_000 };

function guess(requestId: string, value = 50, room = ""): PlayCall {
  const call = { case: "submitGuess", value: { room, player: "ada", value } } as const;
  return create(PlayCallSchema, { requestId, call });
}

function setTarget(requestId: string, value = 50): PlayCall {
  const call = { case: "setTarget", value: { player: "ada", value } } as const;
  return create(PlayCallSchema, { requestId, call });
}

/** The client's half of a stream, to be filled as the test goes. */
function createRequests() {
  const queue: PlayRequest[] = [];
  let ended = false;
  let wake = (): void => {};
  let taken = 0;
  async function* stream(): AsyncGenerator<PlayRequest> {
    for (;;) {
      const request = queue.shift();
      if (request !== undefined) {
        taken += 1;
        yield request;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    stream: stream(),
    taken: () => taken,
    send(...calls: PlayCall[]) {
      queue.push(create(PlayRequestSchema, { calls }));
      wake();
    },
    end() {
      ended = true;
      wake();
    },
  };
}

interface Playing extends ServerUnderTest {
  readonly send: (...calls: PlayCall[]) => void;
  readonly end: () => void;
  /** The results of the next message. */
  readonly next: () => Promise<readonly PlayResult[] | undefined>;
}

async function play(context: TestContext, options: ServerUnderTestOptions = {}): Promise<Playing> {
  const under = await startServer(context, options);
  const transport = createConnectTransport({ baseUrl: under.url, httpVersion: "2" });
  const requests = createRequests();
  const abort = new AbortController();
  context.after(() => abort.abort());
  const stream = createClient(GameService, transport).play(requests.stream, {
    signal: abort.signal,
  });
  const results = stream[Symbol.asyncIterator]();
  return {
    ...under,
    send: requests.send,
    end: requests.end,
    async next() {
      const result = await results.next();
      return result.done === true ? undefined : result.value.results;
    },
  };
}

async function collect(playing: Playing, count: number): Promise<Map<string, PlayResult>> {
  const all: PlayResult[] = [];
  while (all.length < count) {
    const results = await playing.next();
    assert.ok(results !== undefined, `the stream ended after ${all.length} results`);
    all.push(...results);
  }
  assert.equal(all.length, count);
  return new Map(all.map((result) => [result.requestId, result]));
}

/** A result in short: "done 1", "game lobby", or the error's code, reason and field. */
function inShort(result: PlayResult | undefined): string {
  switch (result?.result.case) {
    case "done":
      return `done ${result.result.value.round}`;
    case "game":
      return `game ${result.result.value.room?.name} ${result.result.value.room?.round}`;
    case "error": {
      const { code, info } = result.result.value;
      return `${code} ${info?.reason} ${info?.field}`.trim();
    }
    default:
      return "nothing";
  }
}

test(
  "commands, reads and refusals on one stream, each answered by its id",
  TIMEOUT,
  async (context) => {
    const playing = await play(context);
    playing.send(
      setTarget("t"),
      guess("g", 55),
      guess("too high", 101),
      guess("no room", 1, "nowhere"),
      create(PlayCallSchema, {
        requestId: "close",
        call: { case: "closeRound", value: { player: "b" } },
      }),
      create(PlayCallSchema, { requestId: "read", call: { case: "getGame", value: {} } }),
      create(PlayCallSchema, {
        requestId: "bad read",
        call: { case: "getGame", value: { room: "a b", consistency: Consistency.LOCAL } },
      }),
      create(PlayCallSchema, { requestId: "empty" }),
      guess("", 1),
    );
    const results = await collect(playing, 9);
    const told = Object.fromEntries([...results].map(([id, result]) => [id, inShort(result)]));
    assert.deepEqual(told, {
      t: "done 1",
      g: "done 1",
      "too high": "invalid_argument VALUE_OUT_OF_RANGE value",
      "no room": "failed_precondition NO_SUCH_ROOM",
      close: "done 1",
      read: "game lobby 1",
      "bad read": "invalid_argument BAD_ROOM room",
      empty: "invalid_argument BAD_REQUEST call",
      "": "invalid_argument BAD_REQUEST request_id",
    });
  },
);

test(
  "the call's id is the command's: a repeat returns the first outcome",
  TIMEOUT,
  async (context) => {
    const playing = await play(context);
    playing.send(setTarget("same"));
    const first = await collect(playing, 1);
    playing.send(setTarget("same"));
    assert.deepEqual((await collect(playing, 1)).get("same"), first.get("same"));
  },
);

test(
  "calls do not wait for each other, and what commits together leaves together",
  TIMEOUT,
  async (t) => {
    const playing = await play(t);
    playing.replica.hold();
    playing.send(setTarget("t"));
    for (let number = 1; number < 50; number += 1) playing.send(guess(`g${number}`));
    await until(() => playing.replica.submitted() === 50);
    playing.replica.release();
    assert.equal((await playing.next())?.length, 50);
  },
);

test(
  "a call that is pending at its deadline is answered, the stream goes on",
  TIMEOUT,
  async (context) => {
    const playing = await play(context, { limits: { deadlineMs: 30 } });
    playing.replica.hold();
    playing.send(setTarget("late"));
    const late = (await collect(playing, 1)).get("late");
    assert.equal(inShort(late), "deadline_exceeded DEADLINE");
    assert.ok(late?.result.case === "error" && late.result.value.info?.outcomeUnknown === true);
    playing.replica.release();
    playing.send(setTarget("late"));
    assert.equal(inShort((await collect(playing, 1)).get("late")), "done 1");
  },
);

test("beyond the bound a call is refused before the node sees it", TIMEOUT, async (context) => {
  const playing = await play(context, { limits: { outstandingMax: 3 } });
  playing.replica.hold();
  playing.send(setTarget("1"), guess("2"), guess("3"), guess("4"), guess("5"));
  const refused = await collect(playing, 2);
  assert.equal(inShort(refused.get("4")), "resource_exhausted OVERLOADED");
  assert.equal(inShort(refused.get("5")), "resource_exhausted OVERLOADED");
  assert.equal(playing.replica.submitted(), 3);
  playing.replica.release();
  await collect(playing, 3);
  playing.send(guess("6"));
  assert.equal(inShort((await collect(playing, 1)).get("6")), "done 1");
});

test(
  "when the client is done, so is the stream, after the last answer",
  TIMEOUT,
  async (context) => {
    const playing = await play(context);
    playing.replica.hold();
    playing.send(setTarget("t"));
    playing.end();
    await until(() => playing.replica.submitted() === 1);
    playing.replica.release();
    assert.equal((await playing.next())?.length, 1);
    assert.equal(await playing.next(), undefined);
  },
);

test(
  "a message over the limit ends the stream, after what was already taken",
  TIMEOUT,
  async (context) => {
    const playing = await play(context, { limits: { messageBytesMax: 1000 } });
    playing.send(setTarget("t"));
    await collect(playing, 1);
    playing.send(guess("x".repeat(2000)));
    assert.equal(await codeOf(playing.next()), Code.ResourceExhausted);
  },
);

test("on shutdown the stream ends as unavailable", TIMEOUT, async (context) => {
  const playing = await play(context);
  playing.send(setTarget("t"));
  await collect(playing, 1);
  playing.replica.close();
  assert.equal(await codeOf(playing.next()), Code.Unavailable);
});

test("gRPC carries it too", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const client = createClient(GameService, createGrpcTransport({ baseUrl: url }));
  async function* requests(): AsyncIterable<PlayRequest> {
    yield create(PlayRequestSchema, { calls: [setTarget("t"), guess("g")] });
  }
  const ids: string[] = [];
  for await (const { results } of client.play(requests())) {
    ids.push(...results.map(({ requestId }) => requestId));
  }
  assert.deepEqual(ids, ["t", "g"]);
});

test("while the client takes no answers, nothing more is read", TIMEOUT, async () => {
  const { answers, requests } = direct(createLocalReplica(), 4);
  for (let message = 0; message < 100; message += 1) {
    requests.send(guess(`${message}a`, 200), guess(`${message}b`, 200));
  }
  let delivered = 0;
  for (let takes = 0; takes < 3; takes += 1) {
    delivered += (await answers.next()).value?.results.length ?? 0;
    for (let turns = 0; turns < 50; turns += 1) await turn();
    assert.equal(requests.taken() * 2 - delivered, 4, "as many answers wait as may wait");
  }
  await answers.return?.();
});

test("after the client is gone late answers are dropped", TIMEOUT, async () => {
  const replica = createLocalReplica();
  const { answers, requests, abort } = direct(replica, 4);
  replica.hold();
  requests.send(setTarget("t"));
  const pending = answers.next();
  await until(() => replica.submitted() === 1);
  const gone = new Error("gone");
  abort.abort(gone);
  await assert.rejects(pending, gone);
  replica.release();
  await turn();
  assert.deepEqual(await answers.next(), { done: true, value: undefined });
});

/** The handler without a network between: the test is what pulls, or does not. */
function direct(replica: LocalReplica, outstandingMax: number) {
  const abort = new AbortController();
  const requests = createRequests();
  const context = createHandlerContext({
    service: GameService,
    method: GameService.method.play,
    protocolName: "connect",
    requestMethod: "POST",
    url: "http://127.0.0.1/",
    requestSignal: abort.signal,
  });
  const handler = createPlay({
    replica,
    limits: { outstandingMax, deadlineMs: 5000 },
    slots: createSlots(1, "Play streams"),
    idleMs: 60_000,
  });
  const answers = handler(requests.stream, context)[Symbol.asyncIterator]();
  return { answers, requests, abort };
}

async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error).code;
  }
  return undefined;
}
