// Proves the error table of the contract over plain JSON, the same answers over Connect, gRPC and
// gRPC-web, exactly-once by request id, deadlines, and both kinds of reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { Consistency, GameService } from "../gen/zabble/v1/game_pb.js";
import { postJson, startServer, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const SET_TARGET = "zabble.v1.GameService/SetTarget";
const SUBMIT_GUESS = "zabble.v1.GameService/SubmitGuess";
const CLOSE_ROUND = "zabble.v1.GameService/CloseRound";
const GET_GAME = "zabble.v1.GameService/GetGame";
const LIST_ROOMS = "zabble.v1.GameService/ListRooms";
const LIST_EVENTS = "zabble.v1.GameService/ListEvents";
const RULE = "a whole number from 0 to 100";

interface Wrong {
  readonly method: string;
  readonly body: unknown;
  readonly reason: string;
  readonly field: string;
  readonly message: RegExp;
}

const WRONG: readonly Wrong[] = [
  {
    method: SUBMIT_GUESS,
    body: { player: "ada", value: 2.5 },
    reason: "VALUE_OUT_OF_RANGE",
    field: "value",
    message: /value must be a whole number from 0 to 100: got 2\.5/,
  },
  {
    method: SUBMIT_GUESS,
    body: { player: "ada", value: "abc" },
    reason: "VALUE_OUT_OF_RANGE",
    field: "value",
    message: /value must be a whole number from 0 to 100: got "abc"/,
  },
  {
    method: SET_TARGET,
    body: { player: "ada", value: 99_999_999_999 },
    reason: "VALUE_OUT_OF_RANGE",
    field: "value",
    message: /value must be a whole number from 0 to 100: got 99999999999/,
  },
  {
    method: SUBMIT_GUESS,
    body: { player: "ada", value: 101 },
    reason: "VALUE_OUT_OF_RANGE",
    field: "value",
    message: /101.*a whole number from 0 to 100/,
  },
  {
    method: SUBMIT_GUESS,
    body: { player: "ada" },
    reason: "VALUE_REQUIRED",
    field: "value",
    message: /missing.*a whole number from 0 to 100/,
  },
  {
    method: SET_TARGET,
    body: { player: "", value: 1 },
    reason: "BAD_PLAYER",
    field: "player",
    message: /name/,
  },
  {
    method: SET_TARGET,
    body: { player: 5, value: 1 },
    reason: "BAD_REQUEST",
    field: "player",
    message: /player must be a text: got 5/,
  },
  {
    method: CLOSE_ROUND,
    body: { player: "ada", room: "no spaces" },
    reason: "BAD_ROOM",
    field: "room",
    message: /room/,
  },
  {
    method: GET_GAME,
    body: { room: "no spaces" },
    reason: "BAD_ROOM",
    field: "room",
    message: /room/,
  },
  {
    method: SET_TARGET,
    body: { player: "ada", value: 1, requestId: "x".repeat(65) },
    reason: "BAD_REQUEST_ID",
    field: "request_id",
    message: /64/,
  },
  {
    method: LIST_EVENTS,
    body: { limit: 1001 },
    reason: "BAD_REQUEST",
    field: "limit",
    message: /limit must be a whole number from 1 to 1000/,
  },
  {
    method: LIST_EVENTS,
    body: { afterZxid: "x" },
    reason: "BAD_REQUEST",
    field: "after_zxid",
    message: /after_zxid must be a whole number, 0 or more/,
  },
  {
    method: SET_TARGET,
    body: '{"player":',
    reason: "BAD_REQUEST",
    field: "",
    message: /must be a JSON object/,
  },
];

test("a wrong field is invalid_argument, with the field and the rule", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  for (const { method, body, reason, field, message } of WRONG) {
    const answer = await postJson(url, method, body);
    const label = `${method} ${JSON.stringify(body)}`;
    assert.equal(answer.status, 400, label);
    assert.equal(answer.json.code, "invalid_argument", label);
    assert.match(String(answer.json.message), message, label);
    const info = infoIn(answer.json);
    assert.equal(info.reason, reason, label);
    assert.equal(info.field ?? "", field, label);
    if (field === "value") assert.equal(info.rule, RULE, label);
  }
  assert.equal(replica.submitted(), 0, "none of them reached the node");
});

test("broken bytes are the client's fault, not the server's", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const answer = await postJson(url, SET_TARGET, "\x0a\xff", {
    "content-type": "application/proto",
  });
  assert.equal(answer.json.code, "invalid_argument");
  assert.match(String(answer.json.message), /must be a protobuf message, a zabble\.v1\.SetTarget/);
});

test("what the state does not allow is failed_precondition", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const ada = { player: "ada" };
  await refused(url, SUBMIT_GUESS, { ...ada, value: 1 }, "NO_SUCH_ROOM");
  await refused(url, CLOSE_ROUND, ada, "NO_SUCH_ROOM");
  await postJson(url, SET_TARGET, { ...ada, value: 10 });
  await refused(url, CLOSE_ROUND, ada, "NO_GUESS");
  await postJson(url, SUBMIT_GUESS, { ...ada, value: 11 });
  assert.equal((await postJson(url, CLOSE_ROUND, ada)).status, 200);
  await refused(url, SUBMIT_GUESS, { ...ada, value: 1 }, "NO_OPEN_ROUND");
  await refused(url, CLOSE_ROUND, ada, "NO_OPEN_ROUND");
});

async function refused(url: string, method: string, body: object, reason: string): Promise<void> {
  const answer = await postJson(url, method, body);
  assert.equal(answer.json.code, "failed_precondition");
  assert.equal(infoIn(answer.json).reason, reason);
  assert.notEqual(answer.json.message, "");
}

test("without a leader: unavailable with a retry hint, local reads go on", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t);
  await postJson(url, SET_TARGET, { player: "ada", value: 10 });
  replica.setPhase(Phase.ELECTION);
  for (const method of [SUBMIT_GUESS, GET_GAME, LIST_ROOMS]) {
    const answer = await postJson(url, method, { player: "ada", value: 10 });
    assert.equal(answer.status, 503);
    assert.equal(answer.json.code, "unavailable");
    const info = infoIn(answer.json);
    assert.equal(info.reason, "NO_LEADER");
    assert.ok(Number(info.retryAfterMs) > 0);
  }
  const local = await postJson(url, GET_GAME, { consistency: "CONSISTENCY_LOCAL" });
  assert.equal(local.status, 200);
});

test(
  "a command pending at its deadline: deadline_exceeded, outcome unknown",
  TIMEOUT,
  async (t) => {
    const { url, replica } = await startServer(t);
    replica.hold();
    const body = { player: "ada", value: 10, requestId: "r-1" };
    const answer = await postJson(url, SET_TARGET, body, { "connect-timeout-ms": "30" });
    assert.equal(answer.json.code, "deadline_exceeded");
    assert.match(String(answer.json.message), /retry with the same request_id \("r-1"\)/);
    assert.equal(infoIn(answer.json).outcomeUnknown, true);
    replica.release();
    const again = await postJson(url, SET_TARGET, body);
    assert.equal(again.json.round, 1, "the repeat tells the first outcome");
  },
);

test("a node's own longest deadline holds when the client names none", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t, { limits: { deadlineMs: 30 } });
  replica.hold();
  const command = await postJson(url, SET_TARGET, { player: "ada", value: 10 });
  assert.equal(command.json.code, "deadline_exceeded");
  const read = await postJson(url, GET_GAME, {}, { "connect-timeout-ms": "60000" });
  assert.equal(read.json.code, "deadline_exceeded");
  assert.equal(infoIn(read.json).outcomeUnknown, undefined, "a read has no outcome");
});

test(
  "a deadline that has passed starts nothing; one no timer can hold is refused",
  TIMEOUT,
  async (t) => {
    const { url, replica } = await startServer(t);
    const body = { player: "ada", value: 10 };
    const late = await postJson(url, SET_TARGET, body, { "connect-timeout-ms": "0" });
    assert.equal(late.json.code, "deadline_exceeded");
    assert.equal(replica.submitted(), 0);
    const far = await postJson(url, SET_TARGET, body, { "connect-timeout-ms": "9999999999" });
    assert.equal(far.json.code, "invalid_argument");
  },
);

test("a message over the limit is resource_exhausted", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const answer = await postJson(url, SET_TARGET, { player: "x".repeat(1 << 20), value: 1 });
  assert.equal(answer.status, 429);
  assert.equal(answer.json.code, "resource_exhausted");
});

test("shutting down: what is pending ends as unavailable, outcome unknown", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t);
  replica.hold();
  const pending = postJson(url, SET_TARGET, { player: "ada", value: 1 });
  await until(() => replica.submitted() === 1);
  replica.close();
  const answer = await pending;
  assert.equal(answer.json.code, "unavailable");
  const info = infoIn(answer.json);
  assert.equal(info.reason, "SHUTTING_DOWN");
  assert.equal(info.outcomeUnknown, true);
  assert.ok(Number(info.retryAfterMs) > 0);
  replica.release();
});

test("a repeated request id returns the first outcome", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const body = { player: "ada", value: 10, requestId: "once" };
  const first = await postJson(url, SET_TARGET, body);
  const second = await postJson(url, SET_TARGET, body);
  assert.deepEqual(second.json, first.json);
});

test("without a request id the node picks one: two commands stay two", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  await postJson(url, SET_TARGET, { player: "ada", value: 10 });
  const second = await postJson(url, SET_TARGET, { player: "ada", value: 10 });
  assert.equal(second.json.round, 2);
  const { json } = await postJson(url, LIST_EVENTS, {});
  const ids = JSON.stringify(json).match(/"requestId":"[0-9a-f-]{36}"/g);
  assert.equal(new Set(ids).size, 2);
});

test("reads answer to GET", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const message = encodeURIComponent('{"room":"den"}');
  const response = await fetch(`${url}/${GET_GAME}?connect=v1&encoding=json&message=${message}`);
  const json: { room: { name: string } } = JSON.parse(await response.text());
  assert.equal(json.room.name, "den");
  const write = await fetch(`${url}/${SET_TARGET}?connect=v1&encoding=json&message=${message}`);
  assert.equal(write.status, 405, "commands do not");
});

const TRANSPORTS: Record<string, (baseUrl: string) => Transport> = {
  "Connect over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "Connect with JSON": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
};

for (const [name, connect] of Object.entries(TRANSPORTS)) {
  test(`${name}: commands, reads, refusals with details, deadlines`, TIMEOUT, async (context) => {
    const { url, replica } = await startServer(context);
    const client = createClient(GameService, connect(url));
    const set = await client.setTarget({ player: "ada", value: 40, room: "den" });
    const guess = await client.submitGuess({ player: "bob", value: 42, room: "den" });
    assert.ok(guess.zxid > set.zxid);
    const { room, zxid } = await client.getGame({ room: "den" });
    assert.equal(zxid, guess.zxid);
    assert.equal(room?.closest?.player, "bob");
    const { rooms } = await client.listRooms({ consistency: Consistency.LOCAL });
    assert.deepEqual(
      rooms.map(({ name: room, guesses }) => [room, guesses]),
      [["den", 1]],
    );
    const error = await failure(client.submitGuess({ player: "bob", value: 101, room: "den" }));
    assert.equal(error.code, Code.InvalidArgument);
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.rule, RULE);
    replica.hold();
    const late = await failure(
      client.submitGuess({ player: "bob", value: 1, room: "den" }, { timeoutMs: 200 }),
    );
    assert.equal(late.code, Code.DeadlineExceeded);
  });
}

test(
  "events are listed in pages, of one room with the changes of leader",
  TIMEOUT,
  async (context) => {
    for (const tailMax of [Number.MAX_SAFE_INTEGER, 2]) {
      const { url, replica } = await startServer(context, { tailMax });
      const client = createClient(GameService, createGrpcTransport({ baseUrl: url }));
      for (let round = 0; round < 6; round += 1) {
        await client.setTarget({ player: "ada", value: round, room: round % 2 === 0 ? "a" : "b" });
      }
      replica.establish();
      const seen: string[] = [];
      let afterZxid = 0n;
      for (let end = false; !end; ) {
        const page = await client.listEvents({ room: "b", afterZxid, limit: 2 });
        assert.ok(page.transactions.length <= 2);
        assert.equal(page.oldestZxid, 1n << 32n);
        for (const { epoch, counter } of page.transactions) seen.push(`${epoch}.${counter}`);
        assert.ok(page.end || page.nextZxid > afterZxid, "every page leads further");
        ({ nextZxid: afterZxid, end } = page);
      }
      assert.deepEqual(seen, ["1.0", "1.2", "1.4", "1.6", "2.0"]);
      assert.equal(afterZxid, replica.game().zxid);
      assert.equal((await client.listEvents({})).transactions.length, 8);
    }
  },
);

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ConnectError);
    return error;
  }
  throw new Error("the call was not refused");
}

function infoIn(json: Record<string, unknown>): Record<string, unknown> {
  const { details } = json;
  assert.ok(Array.isArray(details), JSON.stringify(json));
  const [detail]: { type: string; debug: Record<string, unknown> }[] = details;
  assert.equal(detail?.type, "zabble.v1.ErrorInfo");
  return detail?.debug ?? {};
}
