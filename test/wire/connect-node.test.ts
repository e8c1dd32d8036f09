// Proves that connect-node is served in all of its protocols: Connect, gRPC and gRPC-web, binary
// and JSON, over HTTP/1.1 and HTTP/2, with streams in both directions.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { tryCalls } from "./connect-calls.testing.js";
import { type Case, inEachPlace, newRoom, type Place, startPlaces } from "./places.testing.js";

/** A session of its own over HTTP/2, ended with the test. */
function http2(test: TestContext, { url }: Place) {
  const sessionManager = new Http2SessionManager(url);
  test.after(() => sessionManager.abort());
  return { baseUrl: url, sessionManager, httpVersion: "2" as const };
}

function http1({ url }: Place) {
  return { baseUrl: url, httpVersion: "1.1" as const };
}

type Open = (test: TestContext, place: Place) => Transport;

const OVER_HTTP2: Readonly<Record<string, Open>> = {
  "Connect over HTTP/2": (t, place) => createConnectTransport(http2(t, place)),
  gRPC: (t, place) => createGrpcTransport(http2(t, place)),
  "gRPC-web over HTTP/2": (t, place) => createGrpcWebTransport(http2(t, place)),
};

const OVER_HTTP1: Readonly<Record<string, Open>> = {
  "Connect over HTTP/1.1": (_, place) => createConnectTransport(http1(place)),
  "gRPC-web over HTTP/1.1": (_, place) => createGrpcWebTransport(http1(place)),
};

const json = { useBinaryFormat: false };

const JSON_CODECS: Readonly<Record<string, Open>> = {
  "Connect and JSON": (_, place) => createConnectTransport({ ...http1(place), ...json }),
  "gRPC and JSON": (t, place) => createGrpcTransport({ ...http2(t, place), ...json }),
  "gRPC-web and JSON": (_, place) => createGrpcWebTransport({ ...http1(place), ...json }),
};

/** Plays three guesses, each sent only when the one before was answered. */
async function tryPlay(transport: Transport): Promise<void> {
  const client = createClient(GameService, transport);
  const room = newRoom();
  await client.setTarget({ room, player: "ann", value: 50 });
  const ids = ["a", "b", "c"].map((letter) => `${room}-${letter}`);
  let wake = (): void => {};
  async function* guesses() {
    for (const requestId of ids) {
      const value = { room, player: "bob", value: 7 };
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      yield { calls: [{ requestId, call: { case: "submitGuess" as const, value } }] };
      await answered;
    }
  }
  const done: string[] = [];
  for await (const { results } of client.play(guesses())) {
    for (const { requestId, result } of results) if (result.case === "done") done.push(requestId);
    wake();
  }
  assert.deepEqual(done, ids);
}

/** The same case for every transport. */
function casesOf(
  what: string,
  transports: Readonly<Record<string, Open>>,
  run: (transport: Transport) => Promise<void>,
): Readonly<Record<string, Case>> {
  const cases = Object.entries(transports).map(([name, open]): [string, Case] => {
    return [`${what} by ${name}`, (t, place) => run(open(t, place))];
  });
  return Object.fromEntries(cases);
}

test("connect-node is served", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    ...casesOf("unary calls and Watch", { ...OVER_HTTP2, ...OVER_HTTP1, ...JSON_CODECS }, tryCalls),
    ...casesOf("Play, call and answer in turn,", OVER_HTTP2, tryPlay),
  });
});
