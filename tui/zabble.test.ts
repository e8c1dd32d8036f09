/**
 * Proves that the program itself, as a process, talks over real connections, ends at once when it
 * is done, with the right exit code, and knows exactly the stray errors that it may ignore.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Code, ConnectError } from "@connectrpc/connect";
import { type H2Server, startH2Server } from "../client/h2-server.testing.js";
import { createTransportPool, isStraySessionError } from "../client/h2-transport.js";
import { never } from "../client/scripted-server.testing.js";
import { zxidOf } from "../game/zxid.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";

const PROGRAM = fileURLToPath(new URL("./zabble.ts", import.meta.url));

function start(t: TestContext, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args]);
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function startGame(t: TestContext, watched?: () => void): Promise<H2Server> {
  const server = await startH2Server(({ service }) => {
    service(GameService, {
      submitGuess: () => ({ zxid: zxidOf(1, 2), round: 3 }),
      async *watch(_request, { signal }) {
        for (let counter = 1; ; counter++) {
          const snapshot = { zxid: zxidOf(1, counter), rooms: [] };
          yield { message: { case: "snapshot", value: snapshot } };
          watched?.();
          if (watched !== undefined) await never(signal);
          await new Promise((resolve) => setImmediate(resolve));
          if (signal.aborted) return;
        }
      },
    });
  });
  t.after(() => server.close());
  return server;
}

test("a guess over the network ends with 0 as soon as it is committed", async (t) => {
  const server = await startGame(t);
  const child = start(t, ["guess", "52", "--server", server.url]);
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(stdout, "committed 1.2: round 3, your guess 52\n");
});

test("Ctrl-C ends a watch with 0, and so does a reader who goes away", async (t) => {
  let say: () => void = () => {};
  const watched = new Promise<void>((resolve) => {
    say = resolve;
  });
  const server = await startGame(t, say);
  const interrupted = start(t, ["watch", "--server", server.url]);
  await watched;
  interrupted.kill("SIGINT");
  assert.deepEqual(await once(interrupted, "exit"), [0, null]);

  const busy = await startGame(t);
  const unread = start(t, ["watch", "--server", busy.url]);
  assert.ok(unread.stdout !== null);
  await once(unread.stdout, "data");
  unread.stdout.destroy();
  assert.deepEqual(await once(unread, "exit"), [0, null]);
});

test("exactly the stray errors of the connection library are recognised", () => {
  const goaway = "received GOAWAY without any open streams";
  assert.equal(isStraySessionError(new ConnectError(goaway, Code.Canceled)), true);
  const ping = Object.assign(new Error("The session has been destroyed"), {
    code: "ERR_HTTP2_INVALID_SESSION",
    stack: "Error [ERR_HTTP2_INVALID_SESSION]\n    at ClientHttp2Session.ping (node:internal)",
  });
  assert.equal(isStraySessionError(ping), true);
  const request = Object.assign(new Error("The session has been destroyed"), {
    code: "ERR_HTTP2_INVALID_SESSION",
    stack: "Error [ERR_HTTP2_INVALID_SESSION]\n    at ClientHttp2Session.request (node:internal)",
  });
  for (const error of [
    request,
    new ConnectError("lost", Code.Canceled),
    new Error(goaway),
    goaway,
  ]) {
    assert.equal(isStraySessionError(error), false);
  }
});

test("a pool keeps one transport a server", () => {
  const pool = createTransportPool();
  const one = pool.transport("http://127.0.0.1:1");
  assert.equal(pool.transport("http://127.0.0.1:1"), one);
  assert.notEqual(pool.transport("http://127.0.0.1:2"), one);
  pool.close();
});
