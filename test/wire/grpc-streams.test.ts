// Proves that the official gRPC client for Node can watch and play on streams, that a watcher who
// leaves gives its place back, and that keepalive pings are answered.
import assert from "node:assert/strict";
import test from "node:test";
import * as grpc from "@grpc/grpc-js";
import { GameService, type PlayResult, type WatchResponse } from "../../gen/zabble/v1/game_pb.js";
import { eventually } from "../cluster/eventually.testing.js";
import { type GrpcClient, type GrpcDuplex, type GrpcStream, openGrpc } from "./grpc-js.testing.js";
import { type Case, inEachPlace, newRoom, startPlaces } from "./places.testing.js";

const { setTarget, watch, play } = GameService.method;

const WATCHERS_MAX = 8;
/** Of these one address may have, and the gateway has one on its node. */
const SHARE = (WATCHERS_MAX * 3) / 4;

/** Far more often than any client would, and given up quickly. */
const EAGER_PINGS = { "grpc.keepalive_time_ms": 100, "grpc.keepalive_timeout_ms": 400 };

async function openRoom(client: GrpcClient): Promise<{ room: string; zxid: bigint }> {
  const room = newRoom();
  const answer = await client.unary(setTarget, { room, player: "ann", value: 50 });
  assert.ok(answer.kind === "ok");
  return { room, zxid: answer.value.zxid };
}

async function guess(client: GrpcClient, room: string, value: number): Promise<bigint> {
  const answer = await client.unary(GameService.method.submitGuess, { room, player: "bob", value });
  assert.ok(answer.kind === "ok");
  return answer.value.zxid;
}

const snapshotIn = ({ message }: WatchResponse) =>
  message.case === "snapshot" ? message.value : undefined;
const committedIn = ({ message }: WatchResponse) =>
  message.case === "committed" ? message.value : undefined;
const statusIn = ({ message }: WatchResponse) =>
  message.case === "status" ? message.value : undefined;

/** Takes transactions until that of `zxid`. */
async function zxidsUpTo(stream: GrpcStream<WatchResponse>, zxid: bigint): Promise<bigint[]> {
  const seen: bigint[] = [];
  while (seen.at(-1) !== zxid) {
    const { transactions } = await stream.until(committedIn);
    for (const { epoch, counter } of transactions) {
      seen.push((BigInt(epoch) << 32n) | BigInt(counter));
    }
  }
  return seen;
}

const watching: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const { room, zxid } = await openRoom(client);
  const stream = client.serverStream(watch, { room });
  const snapshot = await stream.until(snapshotIn);
  assert.ok(snapshot.zxid >= zxid);
  assert.deepEqual(
    snapshot.rooms.map(({ name, target }) => [name, target]),
    [[room, 50]],
  );
  const status = await stream.until(statusIn);
  assert.ok(status.leaderId !== "" && status.appliedZxid >= zxid);
  const guesses = [await guess(client, room, 1), await guess(client, room, 2)];
  assert.deepEqual(await zxidsUpTo(stream, guesses[1] ?? 0n), guesses);
  stream.cancel();
  assert.equal((await stream.over).code, grpc.status.CANCELLED);
  const resumed = client.serverStream(watch, { room, fromZxid: zxid });
  const last = await guess(client, room, 3);
  assert.deepEqual(await zxidsUpTo(resumed, last), [...guesses, last], "no gap and no repeat");
  resumed.cancel();
  const refused = client.serverStream(watch, { room: "no such room!" });
  await assert.rejects(refused.next(), { code: grpc.status.INVALID_ARGUMENT });
};

/** Opens watches until the place takes no more. */
async function fillPlaces(client: GrpcClient): Promise<GrpcStream<WatchResponse>[]> {
  const open: GrpcStream<WatchResponse>[] = [];
  for (;;) {
    assert.ok(open.length <= SHARE);
    const stream = client.serverStream(watch, {});
    const taken = await stream.next().then(
      () => true,
      () => false,
    );
    if (!taken) {
      assert.equal((await stream.over).code, grpc.status.RESOURCE_EXHAUSTED);
      return open;
    }
    open.push(stream);
  }
}

const leaving: Case = async (t, place) => {
  const client = openGrpc(t, place);
  // Who left the moment before may still be counted.
  const few = await eventually("all others to be gone", async () => {
    const open = await fillPlaces(client);
    for (const stream of open) stream.cancel();
    return open.length >= SHARE - 1 ? open.length : undefined;
  });
  await eventually("their places to be free again", async () => {
    const open = await fillPlaces(client);
    for (const stream of open) stream.cancel();
    return open.length === few ? true : undefined;
  });
};

type PlayStream = GrpcDuplex<unknown, { results: PlayResult[] }>;

/** Takes so many answers; they come in any order, however many a message. */
async function answersOf(stream: PlayStream, count: number): Promise<Map<string, PlayResult>> {
  const answers = new Map<string, PlayResult>();
  while (answers.size < count) {
    for (const result of (await stream.next()).results) answers.set(result.requestId, result);
  }
  return answers;
}

function zxidIn(answer: PlayResult | undefined): bigint {
  assert.equal(answer?.result.case, "done");
  return answer.result.value.zxid;
}

const playing: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const { room } = await openRoom(client);
  const stream = client.bidi(play);
  const submit = (requestId: string, value: number) => ({
    requestId,
    call: { case: "submitGuess" as const, value: { room, player: "bob", value } },
  });
  const once = `${room}-once`;
  const calls = [submit(once, 40), submit("wrong", 101)];
  stream.send({ calls: [...calls, { requestId: "room", call: { case: "getGame", value: {} } }] });
  const first = await answersOf(stream, 3);
  assert.ok(zxidIn(first.get(once)) > 0n);
  assert.equal(first.get("room")?.result.case, "game");
  const wrong = first.get("wrong")?.result;
  assert.ok(wrong?.case === "error");
  assert.deepEqual(
    [wrong.value.code, wrong.value.info?.reason],
    ["invalid_argument", "VALUE_OUT_OF_RANGE"],
  );

  stream.send({ calls: [submit(once, 40)] });
  const second = await answersOf(stream, 1);
  assert.equal(zxidIn(second.get(once)), zxidIn(first.get(once)), "a repeat, on the same stream");

  const many = Array.from({ length: 50 }, (_, index) => submit(`${room}-${index}`, index));
  for (const call of many) stream.send({ calls: [call] });
  stream.halfClose();
  const rest = await answersOf(stream, many.length);
  const zxids = many.map(({ requestId }) => zxidIn(rest.get(requestId)));
  assert.equal(new Set(zxids).size, many.length);
  await assert.rejects(stream.next(), /has ended/);
  assert.equal((await stream.over).code, grpc.status.OK, "every call was answered before the end");
};

const pinging: Case = async (t, place) => {
  const client = openGrpc(t, place, EAGER_PINGS);
  const stream = client.serverStream(watch, {});
  // Two statuses are more than a second apart: time for ten pings.
  await stream.until(statusIn);
  await stream.until(statusIn);
  stream.cancel();
  assert.equal((await stream.over).code, grpc.status.CANCELLED, "it was not given up");
};

test("the official gRPC client can watch and play", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t, { limits: { watchersMax: WATCHERS_MAX } });
  await inEachPlace(t, places, {
    "Watch sends a snapshot, statuses, and each transaction once": watching,
    "who cancels a Watch gives its place back": leaving,
    "Play answers each call by its request id, also after half close": playing,
    "keepalive pings are answered": pinging,
  });
  await t.test("and missed when a node is frozen", { timeout: 15_000 }, async (frozen) => {
    const stream = openGrpc(frozen, places.follower, EAGER_PINGS).serverStream(watch, {});
    await stream.until(statusIn);
    places.follower.freeze();
    const { code } = await stream.over;
    places.follower.thaw();
    assert.equal(code, grpc.status.UNAVAILABLE);
  });
});
