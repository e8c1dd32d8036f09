// Proves that watchers cost nothing once they are gone, even those that never read: the handler of
// a client whose buffers are full ends when its connection does.
import assert from "node:assert/strict";
import http2 from "node:http2";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Command } from "../game/command.js";
import { WatchRequestSchema } from "../gen/zabble/v1/game_pb.js";
import type { LocalReplica } from "./local-replica.testing.js";
import { connectRaw, startServer, turn, until } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 30_000 };
const WATCH = "/zabble.v1.GameService/Watch";
const ENVELOPE = Buffer.concat([
  Buffer.alloc(5),
  toBinary(WatchRequestSchema, create(WatchRequestSchema)),
]);

/** Rooms full of guesses, so that each snapshot is about a megabyte. */
function fillRooms(replica: LocalReplica): void {
  const player = "m".repeat(24);
  for (let room = 0; room < 100; room += 1) {
    const name = `room${room}`;
    const batch: Command[] = [
      { type: "SetTarget", room: name, player, value: 0, requestId: "" },
      ...Array.from({ length: 200 }, (): Command => {
        return { type: "SubmitGuess", room: name, player, value: 100, requestId: "" };
      }),
    ];
    replica.commit(...batch);
  }
}

/** Sends snapshots until one is not taken any more: the watcher's connection is full. */
async function blockWatcher(replica: LocalReplica): Promise<void> {
  const snapshotTaken = async (): Promise<boolean> => {
    const before = replica.reads();
    replica.resetWith();
    // The service itself looks once; whoever takes the snapshot looks again.
    for (let turns = 0; turns < 500; turns += 1) {
      if (replica.reads() > before + 1) return true;
      await turn();
    }
    return false;
  };
  while (await snapshotTaken());
}

test(
  "a client that never reads: its handler ends with its HTTP/1.1 connection",
  TIMEOUT,
  async (t) => {
    const { replica, server } = await startServer(t);
    const listeners = replica.listeners();
    fillRooms(replica);
    const { socket } = await connectRaw(t, server.port);
    socket.pause();
    socket.write(
      `POST ${WATCH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\n` +
        `content-length: ${ENVELOPE.length}\r\n\r\n`,
    );
    socket.write(ENVELOPE);
    await until(() => server.watchers() === 1);
    await blockWatcher(replica);
    assert.equal(server.watchers(), 1);
    socket.destroy();
    await until(() => server.watchers() === 0);
    assert.equal(replica.listeners(), listeners);
  },
);

test(
  "a client that never reads: its handler ends with its HTTP/2 stream or session",
  TIMEOUT,
  async (t) => {
    const { replica, server } = await startServer(t);
    fillRooms(replica);
    for (const end of ["stream", "session"]) {
      const session = http2.connect(`http://127.0.0.1:${server.port}`);
      t.after(() => session.destroy());
      const stream = session.request({
        ":method": "POST",
        ":path": WATCH,
        "content-type": "application/connect+proto",
      });
      stream.on("error", () => {});
      stream.pause();
      stream.end(ENVELOPE);
      await until(() => server.watchers() === 1);
      await blockWatcher(replica);
      if (end === "stream") stream.close(http2.constants.NGHTTP2_CANCEL);
      else session.destroy();
      await until(() => server.watchers() === 0);
    }
  },
);

test("the port closes in time although a client never reads", TIMEOUT, async (t) => {
  const { replica, server } = await startServer(t);
  fillRooms(replica);
  const client = await connectRaw(t, server.port);
  client.socket.pause();
  client.socket.write(
    `POST ${WATCH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\n` +
      `content-length: ${ENVELOPE.length}\r\n\r\n`,
  );
  client.socket.write(ENVELOPE);
  await until(() => server.watchers() === 1);
  await blockWatcher(replica);
  await server.close();
  await until(() => server.watchers() === 0);
});
