// Proves that whoever asks by the wrong method, for the headers alone, with a slash too many or by
// an absolute address gets what they mean, or is told what there is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectRaw, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const READ = "GET, HEAD, OPTIONS";
const PLAIN = [
  "/",
  "/healthz",
  "/metrics",
  "/rooms",
  "/rooms/x",
  "/rooms/x/log",
  "/rooms/x/events",
];
const GAME = "/zabble.v1.GameService";

test("HEAD of an endless stream is its headers, or why there would be none", TIMEOUT, async (t) => {
  const { url, server } = await startServer(t);
  const head = await fetch(`${url}/rooms/x/events`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-type"), "text/event-stream");
  for (const wrong of ["/rooms/a%2Fb/events", "/rooms/x/events?from=never"]) {
    assert.equal((await fetch(`${url}${wrong}`, { method: "HEAD" })).status, 400);
  }
  assert.equal(server.watchers(), 0);
});

test("what can only be read says so to other methods", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  for (const path of PLAIN) {
    for (const method of ["POST", "DELETE", "PUT"]) {
      const answer = await fetch(`${url}${path}`, { method });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.get("allow"), READ);
      assert.match(await answer.text(), /can only be read/);
    }
  }
  const unknown = await fetch(`${url}/nowhere`, { method: "DELETE" });
  assert.equal(unknown.status, 404);
  assert.equal(await unknown.text(), "There is nothing at this address; / says what there is.\n");
  const called = await fetch(`${url}${GAME}/SetTarget`);
  assert.equal(called.status, 405);
  assert.equal(called.headers.get("allow"), "POST, OPTIONS");
});

test("OPTIONS names the methods that there are", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const allowOf = async (path: string) =>
    (await fetch(`${url}${path}`, { method: "OPTIONS" })).headers.get("allow");
  for (const path of PLAIN) assert.equal(await allowOf(path), READ, path);
  assert.equal(await allowOf(`${GAME}/SetTarget`), "POST, OPTIONS");
  const readable = (await allowOf(`${GAME}/GetGame`))?.split(", ").sort();
  assert.deepEqual(readable, ["GET", "OPTIONS", "POST"]);
});

test("a slash at the end changes nothing", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const textOf = async (path: string) => (await fetch(`${url}${path}`)).text();
  assert.match(await textOf("/rooms/"), /^\{"zxid"/);
  assert.match(await textOf("/rooms/lobby/"), /"name":"lobby"/);
  assert.match(await textOf("/rooms/lobby/log/?limit=1"), /^\{"transactions"/);
  assert.equal(await textOf("/healthz/"), "alive\n");
  assert.equal((await fetch(`${url}/rooms//`)).status, 404);
});

test("an address may be absolute, as to a proxy", TIMEOUT, async (t) => {
  const { server } = await startServer(t);
  const answer = async (line: string, words: string) => {
    const { socket, has } = await connectRaw(t, server.port);
    const head = "host: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
    socket.write(`${line} HTTP/1.1\r\n${head}{}`);
    await has(words);
  };
  await answer("GET http://localhost/healthz", "alive");
  await answer("GET HTTP://localhost:1/rooms?consistency=local", '{"zxid"');
  await answer("GET http://localhost", "Zabble: guess a number");
  await answer(`POST http://localhost${GAME}/GetGame`, '{"zxid"');
});
