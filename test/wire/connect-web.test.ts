// Proves that the transports of browsers, run here on Node's fetch, are served: Connect and
// gRPC-web, and reads by GET, which caches and links can hold.
import assert from "node:assert/strict";
import test from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { ErrorInfoSchema } from "../../gen/zabble/v1/error_pb.js";
import { Consistency, GameService } from "../../gen/zabble/v1/game_pb.js";
import { errorOf, tryCalls } from "./connect-calls.testing.js";
import { type Case, inEachPlace, newRoom, type Place, startPlaces } from "./places.testing.js";

const connect =
  (useBinaryFormat: boolean): Case =>
  (_, { url }) =>
    tryCalls(createConnectTransport({ baseUrl: url, useBinaryFormat }));

const grpcWeb =
  (useBinaryFormat: boolean): Case =>
  (_, { url }) =>
    tryCalls(createGrpcWebTransport({ baseUrl: url, useBinaryFormat }));

/** Reads by GET, and the HTTP methods that were used. */
function readsByGet({ url }: Place, useBinaryFormat: boolean) {
  const methods: string[] = [];
  const transport = createConnectTransport({
    baseUrl: url,
    useHttpGet: true,
    useBinaryFormat,
    fetch(input, init) {
      methods.push(init?.method ?? "GET");
      return fetch(input, init);
    },
  });
  return { client: createClient(GameService, transport), methods };
}

const byGet =
  (useBinaryFormat: boolean): Case =>
  async (_, place) => {
    const { client, methods } = readsByGet(place, useBinaryFormat);
    const room = newRoom();
    const { zxid } = await client.setTarget({ room, player: "ann", value: 50 });
    const game = await client.getGame({ room, consistency: Consistency.LINEARIZABLE });
    assert.ok(game.zxid >= zxid && game.room?.target === 50);
    const { rooms } = await client.listRooms({});
    assert.ok(rooms.some(({ name }) => name === room));
    const { transactions } = await client.listEvents({ room, afterZxid: zxid - 1n });
    assert.equal(transactions[0]?.events[0]?.kind.case, "targetSet");
    const error = await errorOf(client.getGame({ room: "no such room!" }));
    assert.equal(Code[error.code], "InvalidArgument");
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "BAD_ROOM");
    assert.deepEqual(methods, ["POST", "GET", "GET", "GET", "GET"]);
  };

test("connect-web is served", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    "Connect, JSON": connect(false),
    "Connect, binary": connect(true),
    "gRPC-web, binary": grpcWeb(true),
    "gRPC-web, JSON": grpcWeb(false),
    "reads by GET, JSON": byGet(false),
    "reads by GET, binary": byGet(true),
  });
});
