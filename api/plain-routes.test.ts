// Proves what plain HTTP gets from the port, as curl and EventSource would ask for it: how it is,
// the committed events of a room with resume by Last-Event-ID, and what else there is to try.
import assert from "node:assert/strict";
import http from "node:http";
import test, { type TestContext } from "node:test";
import type { Command } from "../game/command.js";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { streamEvents } from "./event-stream.js";
import { postJson, type ServerUnderTestOptions, startServer } from "./server-under-test.testing.js";

function target(value: number, requestId: string, room = "lobby"): Command {
  return { type: "SetTarget", room, player: "dan", value, requestId };
}

/** A stream of events as text, read as it comes. */
async function openEvents(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const over = new AbortController();
  t.after(() => over.abort());
  const response = await fetch(url, { signal: over.signal, headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader !== undefined);
  let text = "";
  return {
    response,
    text: () => text,
    /** Reads on until the text so far matches; undefined if the stream ended before. */
    async until(pattern: RegExp): Promise<RegExpExecArray | undefined> {
      for (;;) {
        const found = pattern.exec(text);
        if (found !== null) return found;
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
    end: () => over.abort(),
  };
}

async function post(url: string, method: string, body: object): Promise<void> {
  const { status } = await postJson(url, `zabble.v1.GameService/${method}`, body);
  assert.equal(status, 200);
}

async function serve(t: TestContext, options: ServerUnderTestOptions = {}) {
  const under = await startServer(t, options);
  under.replica.commit(target(45, "t-1"));
  return { ...under, events: `${under.url}/rooms/lobby/events` };
}

test("a stream begins with the room as it stands, then every event as it commits", async (t) => {
  const { url, events } = await serve(t);
  const stream = await openEvents(t, events);
  assert.equal(stream.response.headers.get("content-type"), "text/event-stream");
  assert.ok(await stream.until(/event: snapshot\nid: 1\.1\ndata: .*"target":45.*\n\n/));
  assert.ok(await stream.until(/event: status\ndata: .*"nodeId":"node1".*\n\n/));
  await post(url, "SetTarget", { player: "dan", value: 50 });
  const found = await stream.until(/event: transaction\nid: 1\.2\ndata: (.*)\n\n/);
  assert.match(found?.[1] ?? "", /"value":50/);
});

test("the room of a stream may be percent-encoded", async (t) => {
  const { url } = await serve(t);
  const stream = await openEvents(t, `${url}/rooms/l%6Fbby/events`);
  assert.ok(await stream.until(/event: snapshot\nid: 1\.1\ndata: .*"name":"lobby"/));
});

test("events carry their facts and words, and the id to resume from", async (t) => {
  const { url, events } = await serve(t);
  const first = await openEvents(t, events);
  await first.until(/id: 1\.1\n/);
  first.end();
  await post(url, "SubmitGuess", { player: "ann", value: 44 });
  const resumed = await openEvents(t, events, { "last-event-id": "1.1" });
  const found = await resumed.until(/event: transaction\nid: (1\.\d+)\ndata: (.*)\n\n/);
  const data: Record<string, unknown> = JSON.parse(found?.[2] ?? "{}");
  assert.equal(data.zxid, "1.2");
  assert.deepEqual(data.words, ["ann guessed 44"]);
  assert.doesNotMatch(resumed.text(), /snapshot/, "it resumed");
  const byHand = await openEvents(t, `${events}?from=1.1`);
  assert.ok(await byHand.until(/ann guessed 44/));
});

test("what happens in other rooms moves the place to resume from, and says nothing", async (t) => {
  const { events, url } = await serve(t, {});
  const stream = await openEvents(t, events);
  await stream.until(/snapshot/);
  await post(url, "SetTarget", { room: "attic", player: "zoe", value: 7 });
  assert.ok(await stream.until(/\n\nid: 1\.2\n\n/));
  assert.doesNotMatch(stream.text(), /attic/);
});

test("a wrong room, a wrong zxid and one watcher too many are refused in words", async (t) => {
  const { url, events } = await serve(t, { limits: { watchersMax: 1 } });
  const room = await fetch(`${url}/rooms/a%2Fb/events`);
  assert.equal(room.status, 400);
  assert.match(await room.text(), /a room's name is 1 to 24 of the letters/);
  const place = await fetch(events, { headers: { "last-event-id": "yesterday" } });
  assert.equal(place.status, 400);
  assert.match(await place.text(), /written 3\.1842/);
  const stream = await openEvents(t, events);
  await stream.until(/snapshot/);
  const full = await fetch(events);
  assert.equal(full.status, 429);
  assert.match(await full.text(), /already serves 1 watchers/);
});

test("nothing is taken from a watcher whose client does not read", async (t) => {
  let taken = 0;
  async function* stream(_encoding: unknown, _query: unknown, signal: AbortSignal) {
    while (!signal.aborted) {
      taken += 1;
      yield "x".repeat(65_536);
    }
  }
  const over = new AbortController();
  const options = {
    watching: { stream } as never,
    shutdownSignal: over.signal,
    log: { warn: () => {} },
  };
  const server = http.createServer((request, response) => {
    void streamEvents(options, request, response, "lobby", new URLSearchParams());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const request = http.get({ host: "127.0.0.1", port: address.port, path: "/rooms/lobby/events" });
  // It is there, and it is never read.
  request.on("response", () => {});
  t.after(() => {
    over.abort();
    request.destroy();
    server.closeAllConnections();
    server.close();
  });
  // What the buffers on the way hold, and then no more: some hundred turns without a change.
  let calm = 0;
  for (let before = 0; calm < 300 || taken === 0; before = taken) {
    calm = taken === before ? calm + 1 : 0;
    assert.ok(taken < 2000, `${taken} were taken`);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("the end of the server ends the stream and says so", async (t) => {
  const { server, events } = await serve(t);
  const stream = await openEvents(t, events);
  await stream.until(/snapshot/);
  const closing = server.close();
  assert.ok(await stream.until(/: .*shutting down/));
  assert.equal(await stream.until(/never/), undefined, "the stream is over");
  await closing;
});

test("health and readiness are a word and a status", async (t) => {
  const { url, replica } = await serve(t);
  const ask = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return [response.status, (await response.text()).trim()];
  };
  assert.deepEqual(await ask("/healthz"), [200, "alive"]);
  assert.deepEqual(await ask("/readyz"), [200, "ready, node1 leads"]);
  replica.setPhase(Phase.ELECTION);
  assert.deepEqual(await ask("/readyz"), [503, "not ready: no leader is known"]);
  assert.deepEqual(await ask("/healthz"), [200, "alive"]);
  const [status, welcome] = await ask("/");
  assert.equal(status, 200);
  assert.match(String(welcome), new RegExp(`curl -N ${url}/rooms/lobby/events`));
  assert.equal((await ask("/nowhere"))[0], 404);
  const head = await fetch(`${url}/healthz`, { method: "HEAD" });
  assert.equal(head.status, 200);
});
