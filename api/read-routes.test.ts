// Proves that the plain reads give the answers of the methods they stand for, in their JSON and
// with their errors and deadline, and refuse whatever is written wrongly, in words.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import test, { type TestContext } from "node:test";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { postJson, type ServerUnderTestOptions, startServer } from "./server-under-test.testing.js";

async function serve(t: TestContext, options: ServerUnderTestOptions = {}) {
  const under = await startServer(t, options);
  for (const [index, room] of ["lobby", "attic", "lobby"].entries()) {
    const requestId = `t-${index}`;
    under.replica.commit({ type: "SetTarget", room, player: "dan", value: 40 + index, requestId });
  }
  return under;
}

async function get(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  const json: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
  return { status: response.status, headers: response.headers, text, json };
}

test("each read is the answer of its method", async (t) => {
  const { url } = await serve(t);
  const same = async (path: string, method: string, request: object) => {
    const plain = await get(url, path);
    assert.equal(plain.status, 200, path);
    assert.equal(plain.headers.get("content-type"), "application/json");
    assert.match(plain.text, /^\{[^\n]*\}\n$/, "one line");
    const rpc = await postJson(url, `zabble.v1.${method}`, request);
    assert.deepEqual(plain.json, rpc.json);
  };
  await same("/rooms", "GameService/ListRooms", {});
  await same("/rooms?consistency=local", "GameService/ListRooms", {});
  await same("/rooms/lobby", "GameService/GetGame", { room: "lobby" });
  await same("/rooms/l%6Fbby", "GameService/GetGame", { room: "lobby" });
  await same("/rooms/lobby/log", "GameService/ListEvents", { room: "lobby" });
  await same("/cluster", "ClusterService/GetCluster", {});
  await same("/status", "ClusterService/GetStatus", {});
});

test("a log is read after a zxid in either writing, so many at most", async (t) => {
  const { url } = await serve(t);
  const counters = async (query: string) => {
    const { json } = await get(url, `/rooms/lobby/log?${query}`);
    assert.ok(Array.isArray(json.transactions), JSON.stringify(json));
    return json.transactions.map(({ counter = 0 }: { counter?: number }) => counter);
  };
  assert.deepEqual(await counters(""), [0, 1, 3]);
  assert.deepEqual(await counters("after=1.1"), [3]);
  assert.deepEqual(await counters("after=4294967297"), [3]);
  assert.deepEqual(await counters("after=1.0&limit=1"), [1]);
});

test("HEAD is told how long the answer is, and gets none", async (t) => {
  const { url } = await serve(t);
  const whole = await get(url, "/rooms/lobby");
  const head = await get(url, "/rooms/lobby", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(whole.text)));
  assert.equal((await get(url, "/rooms/%ZZ", { method: "HEAD" })).status, 400);
});

test("HTTP/2 gets the same, HEAD too", async (t) => {
  const { url } = await serve(t);
  const whole = await get(url, "/rooms/lobby");
  const session = http2.connect(url);
  t.after(() => session.destroy());
  const ask = async (method: string) => {
    const stream = session.request({ ":method": method, ":path": "/rooms/lobby" });
    const answered = once(stream, "response");
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const [[headers]] = await Promise.all([answered, once(stream, "end")]);
    return { status: headers[":status"], length: headers["content-length"], text };
  };
  const length = String(Buffer.byteLength(whole.text));
  assert.deepEqual(await ask("GET"), { status: 200, length, text: whole.text });
  assert.deepEqual(await ask("HEAD"), { status: 200, length, text: "" });
});

test("local reads need no leader; others are refused with the error of the method", async (t) => {
  const { url, replica } = await serve(t);
  replica.setPhase(Phase.ELECTION);
  assert.equal((await get(url, "/rooms/lobby?consistency=local")).status, 200);
  assert.equal((await get(url, "/rooms/lobby?consistency=LOCAL")).status, 200);
  for (const query of ["", "?consistency=linearizable"]) {
    const plain = await get(url, `/rooms/lobby${query}`);
    const rpc = await postJson(url, "zabble.v1.GameService/GetGame", {});
    assert.equal(plain.status, 503);
    assert.deepEqual(plain.json, rpc.json, "code, message and details");
    assert.equal(plain.json.code, "unavailable");
  }
});

test("a read ends at the server's deadline, or at a nearer one that it asks for", async (t) => {
  const { url, replica } = await serve(t, { limits: { deadlineMs: 50 } });
  replica.hold();
  const late = await get(url, "/rooms");
  assert.deepEqual([late.status, late.json.code], [504, "deadline_exceeded"]);
  const other = await serve(t, { limits: { deadlineMs: 3_600_000 } });
  other.replica.hold();
  const asked = await get(other.url, "/rooms", { headers: { "connect-timeout-ms": "50" } });
  assert.deepEqual([asked.status, asked.json.code], [504, "deadline_exceeded"]);
  const forEver = { "connect-timeout-ms": "9999999999" };
  const rpc = await postJson(url, "zabble.v1.GameService/ListRooms", {}, forEver);
  const plain = await get(url, "/rooms", { headers: forEver });
  assert.equal(rpc.status, 400);
  assert.deepEqual([plain.status, plain.json], [rpc.status, rpc.json]);
});

const WRONG: readonly (readonly [path: string, field: string, words: RegExp])[] = [
  ["/rooms/a%2Fb", "room", /a room's name is 1 to 24|letters/],
  ["/rooms/%E0%A4%A", "room", /percent-encoded/],
  ["/rooms/%ZZ/log", "room", /percent-encoded/],
  ["/rooms?room=lobby", "room", /no query key room.* knows: consistency/],
  ["/status?verbose", "verbose", /no query key verbose.* knows: none/],
  ["/rooms?consistency=eventual", "consistency", /must be local or linearizable/],
  ["/rooms/lobby/log?after=yesterday", "after", /a zxid, written 3\.1842/],
  ["/rooms/lobby/log?limit=many", "limit", /a whole number.*got "many"/],
  ["/rooms/lobby/log?limit=-1", "limit", /a whole number/],
  ["/rooms/lobby/log?limit=1001", "limit", /from 1 to 1000/],
  ["/rooms/lobby/log?limit=0", "limit", /from 1 to 1000/],
  ["/rooms/lobby/log?limit=1&limit=2", "limit", /limit is there twice/],
];

test("what is written wrongly is refused with the field and the rule", async (t) => {
  const { url } = await serve(t);
  for (const [path, field, words] of WRONG) {
    const { status, json } = await get(url, path);
    assert.equal(status, 400, path);
    assert.equal(json.code, "invalid_argument", path);
    assert.match(String(json.message), words);
    assert.ok(Array.isArray(json.details));
    assert.equal(json.details[0].debug.field, field, path);
  }
  const events = await fetch(`${url}/rooms/%ZZ/events`);
  assert.equal(events.status, 400);
});
