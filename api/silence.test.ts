// Proves that a stream on which nobody says anything ends with "unavailable", and that one on which
// something is said, by either side, does not.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { Consistency, GameService } from "../gen/zabble/v1/game_pb.js";
import { startServer, turn, until } from "./server-under-test.testing.js";
import { createSilence } from "./silence.js";

const TIMEOUT = { timeout: 10_000 };

test("it aborts after the silence, and not while something is said", TIMEOUT, async () => {
  const silence = createSilence(400, new AbortController().signal);
  const talkUntil = performance.now() + 1000;
  while (performance.now() < talkUntil) {
    silence.broken();
    await turn();
  }
  assert.equal(silence.signal.aborted, false);
  await until(() => silence.signal.aborted);
  assert.equal(ConnectError.from(silence.signal.reason).code, Code.Unavailable);
  assert.match(String(silence.signal.reason), /Nothing was said on this stream for 0.4 s/);
});

test("it aborts with the stream's own reason, before or after the beginning", async () => {
  const own = new AbortController();
  const silence = createSilence(5000, own.signal);
  const waiting = silence.before(new Promise(() => {}));
  own.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(silence.before(Promise.resolve()), /gone/);
  const late = createSilence(5000, own.signal);
  assert.match(String(late.signal.reason), /gone/);
  silence.end();
  late.end();
});

test("what comes before is passed on", async () => {
  const silence = createSilence(5000, new AbortController().signal);
  assert.equal(await silence.before(Promise.resolve(7)), 7);
  await assert.rejects(silence.before(Promise.reject(new Error("no"))), /no/);
  silence.end();
});

/** A client's half that says what it is given, one after the other was answered. */
function halfOf<T>(t: TestContext, messages: readonly T[]) {
  let go = (): void => {};
  let isOver = false;
  t.after(() => {
    isOver = true;
    go();
  });
  async function* half(): AsyncGenerator<T> {
    for (const message of messages) yield message;
    while (!isOver) {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    }
  }
  return half();
}

async function endOf(stream: AsyncIterable<unknown>): Promise<[number, ConnectError]> {
  let said = 0;
  try {
    for await (const _ of stream) said += 1;
  } catch (error) {
    return [said, ConnectError.from(error)];
  }
  throw new Error("it ended without a reason");
}

test("a Play stream and a reflection stream end so", TIMEOUT, async (t) => {
  const { url } = await startServer(t, { timing: { silentStreamMs: 50 } });
  const transport = createGrpcTransport({ baseUrl: url });
  const game = createClient(GameService, transport);
  const call = { case: "getGame" as const, value: { consistency: Consistency.LOCAL } };
  const calls = [{ calls: [{ requestId: "r", call }] }];
  const reflection = createClient(ServerReflection, transport);
  const asked = [{ messageRequest: { case: "listServices" as const, value: "" } }];
  const ends = await Promise.all([
    endOf(game.play(halfOf(t, []))),
    endOf(game.play(halfOf(t, calls))),
    endOf(reflection.serverReflectionInfo(halfOf(t, asked))),
  ]);
  assert.deepEqual(
    ends.map(([said]) => said),
    [0, 1, 1],
  );
  for (const [, { code, rawMessage }] of ends) {
    assert.equal(code, Code.Unavailable);
    assert.match(rawMessage, /open it anew/);
  }
});
