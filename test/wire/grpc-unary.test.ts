// Proves that the official gRPC client for Node is served by the nodes and by the gateway as gRPC
// promises: answers, errors with their details, request ids, limits and compression.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { Consistency, GameService } from "../../gen/zabble/v1/game_pb.js";
import { type GrpcAnswer, type GrpcError, openGrpc } from "./grpc-js.testing.js";
import { type Case, inEachPlace, newRoom, type Place, startPlaces } from "./places.testing.js";

const { setTarget, submitGuess, closeRound, getGame } = GameService.method;

function value<T>(answer: GrpcAnswer<T>): T {
  assert.ok(answer.kind === "ok", answer.kind === "error" ? answer.message : "");
  return answer.value;
}

function refused(answer: GrpcAnswer<unknown>, code: grpc.status): GrpcError {
  assert.ok(answer.kind === "error");
  assert.equal(grpc.status[answer.code], grpc.status[code], answer.message);
  assert.ok(answer.message.length > 10, answer.message);
  return answer;
}

const commandsAndReads: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const room = newRoom();
  const set = value(await client.unary(setTarget, { room, player: "ann", value: 50 }));
  assert.equal(set.round, 1);
  const guess = value(await client.unary(submitGuess, { room, player: "小明", value: 0 }));
  assert.ok(guess.zxid > set.zxid);
  const game = value(await client.unary(getGame, { room }));
  assert.ok(game.zxid >= guess.zxid);
  assert.deepEqual(
    game.room?.guesses.map(({ zxid, player, value, distance }) => [zxid, player, value, distance]),
    [[guess.zxid, "小明", 0, 50]],
  );
  const local = { room, consistency: Consistency.LOCAL };
  assert.equal(value(await client.unary(getGame, local)).room?.target, 50);
};

const refusals: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const request = { room: newRoom(), player: "bob", value: 5 };
  const none = refused(await client.unary(submitGuess, request), grpc.status.FAILED_PRECONDITION);
  assert.equal(none.info?.reason, "NO_SUCH_ROOM");
  assert.equal(none.info?.retryAfterMs, 0);
  assert.equal(none.status?.code, grpc.status.FAILED_PRECONDITION);
  assert.match(none.status?.message ?? "", /There is no room/);
  const set = value(await client.unary(setTarget, request));
  assert.equal(set.round, 1);
  const empty = refused(await client.unary(closeRound, request), grpc.status.FAILED_PRECONDITION);
  assert.equal(empty.info?.reason, "NO_GUESS");
  const range = refused(
    await client.unary(submitGuess, { ...request, value: 101 }),
    grpc.status.INVALID_ARGUMENT,
  );
  assert.deepEqual(
    [range.info?.reason, range.info?.field, range.info?.rule],
    ["VALUE_OUT_OF_RANGE", "value", "a whole number from 0 to 100"],
  );
};

// Clients decode grpc-message in their own ways; what gRPC allows as it is must be sent so.
const readableMessages: Case = async (t, place) => {
  const client = openGrpc(t, place);
  for (const player of ["x".repeat(30), "100 % 小明, a:b;c=d/e?f&g+h#i@j$k"]) {
    const guess = { room: newRoom(), player, value: 5 };
    const answer = refused(await client.unary(submitGuess, guess), grpc.status.INVALID_ARGUMENT);
    assert.equal(answer.message, answer.status?.message);
  }
};

async function twoClientsOneId(
  t: TestContext,
  place: Place,
  elsewhere: Pick<Place, "url">,
): Promise<void> {
  const room = newRoom();
  const [one, other] = [openGrpc(t, place), openGrpc(t, elsewhere)];
  value(await one.unary(setTarget, { room, player: "ann", value: 50 }));
  const guess = { room, player: "bob", value: 49, requestId: `once-in-${room}` };
  const [first, second] = await Promise.all([
    one.unary(submitGuess, guess),
    other.unary(submitGuess, guess),
  ]);
  assert.equal(value(first).zxid, value(second).zxid);
  assert.equal(value(await other.unary(submitGuess, guess)).zxid, value(first).zxid);
  assert.equal(value(await one.unary(getGame, { room })).room?.guessCount, 1);
}

const unknownMethods: Case = async (t, place) => {
  const client = openGrpc(t, place);
  for (const [typeName, name] of [
    [GameService.typeName, "NoSuchMethod"],
    ["zabble.v1.PeerService", "Exchange"],
  ] as const) {
    const method: DescMethodUnary = { ...submitGuess, name, parent: { ...GameService, typeName } };
    refused(await client.unary(method, {}), grpc.status.UNIMPLEMENTED);
  }
};

const limits: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const large = { player: "x".repeat(70_000), value: 5 };
  const over = refused(await client.unary(submitGuess, large), grpc.status.RESOURCE_EXHAUSTED);
  assert.match(over.message, /65536/);
  const small = refused(
    await client.unary(submitGuess, { ...large, player: "x".repeat(60_000) }),
    grpc.status.INVALID_ARGUMENT,
  );
  assert.equal(small.info?.reason, "BAD_PLAYER", "the connection goes on");
};

const gzip: Case = async (t, place) => {
  const client = openGrpc(t, place, {
    "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip,
  });
  const room = newRoom();
  assert.equal(value(await client.unary(setTarget, { room, player: "ann", value: 50 })).round, 1);
  assert.equal(value(await client.unary(getGame, { room })).room?.by, "ann");
  const bomb = { player: "x".repeat(4_000_000), value: 5 };
  refused(await client.unary(submitGuess, bomb), grpc.status.RESOURCE_EXHAUSTED);
};

test("the official gRPC client is answered", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    "commands and reads": commandsAndReads,
    "refusals carry code, message and details": refusals,
    "a person can read why": readableMessages,
    "two clients with one request id get one zxid": (each, place) =>
      twoClientsOneId(each, place, places.follower),
    "what is no method is UNIMPLEMENTED": unknownMethods,
    "a message over the limit is RESOURCE_EXHAUSTED": limits,
    "requests may be compressed, but not to slip under the limit": gzip,
  });
});
