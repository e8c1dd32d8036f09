/** What every Connect client must be able to do, whatever its transport: one room's short life. */
import assert from "node:assert/strict";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/zabble/v1/error_pb.js";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { newRoom } from "./places.testing.js";

type GameClient = Client<typeof GameService>;

const WATCH_DEADLINE_MS = 150;

/** Commands, a read, refusals with their details, and a Watch that is left, over this transport. */
export async function tryCalls(transport: Transport): Promise<void> {
  const client = createClient(GameService, transport);
  const room = newRoom();
  assert.equal((await client.setTarget({ room, player: "ann", value: 50 })).round, 1);
  await tryRefusals(client, room);
  const { zxid } = await client.submitGuess({ room, player: "小明", value: 0 });
  const game = await client.getGame({ room });
  assert.deepEqual(
    game.room?.guesses.map((guess) => [guess.zxid, guess.player, guess.value]),
    [[zxid, "小明", 0]],
  );
  await tryWatch(client, room);
  await tryDeadline(client, room);
}

async function tryRefusals(client: GameClient, room: string): Promise<void> {
  const range = await errorOf(client.submitGuess({ room, player: "bob", value: 101 }));
  assert.equal(Code[range.code], "InvalidArgument");
  const [info] = range.findDetails(ErrorInfoSchema);
  assert.deepEqual([info?.reason, info?.field], ["VALUE_OUT_OF_RANGE", "value"]);
  const early = await errorOf(client.closeRound({ room, player: "bob" }));
  assert.equal(Code[early.code], "FailedPrecondition");
  assert.equal(early.findDetails(ErrorInfoSchema)[0]?.reason, "NO_GUESS");
  const large = await errorOf(client.submitGuess({ room, player: "x".repeat(70_000), value: 5 }));
  assert.equal(Code[large.code], "ResourceExhausted");
}

/** Reads until a guess that it commits itself has come, then leaves. */
async function tryWatch(client: GameClient, room: string): Promise<void> {
  const left = new AbortController();
  const seen: string[] = [];
  let own = 0n;
  const error = await errorOf(
    (async () => {
      for await (const { message } of client.watch({ room }, { signal: left.signal })) {
        // Node's fetch now and then forgets the signal of a request that was collected.
        if (left.signal.aborted) throw new ConnectError("it was left", Code.Canceled);
        if (message.case !== undefined && seen.at(-1) !== message.case) seen.push(message.case);
        if (message.case === "snapshot") {
          own = (await client.submitGuess({ room, player: "bob", value: 7 })).zxid;
        }
        if (message.case === "committed" && own > 0n && message.value.zxid >= own) left.abort();
      }
    })(),
  );
  assert.equal(Code[error.code], "Canceled");
  assert.deepEqual(seen, ["snapshot", "status", "committed"]);
}

async function tryDeadline(client: GameClient, room: string): Promise<void> {
  const begunMs = performance.now();
  const error = await errorOf(
    (async () => {
      for await (const _ of client.watch({ room }, { timeoutMs: WATCH_DEADLINE_MS }));
    })(),
  );
  assert.equal(Code[error.code], "DeadlineExceeded");
  assert.ok(performance.now() - begunMs > WATCH_DEADLINE_MS - 50);
}

/** What the call was refused with; fails if it was not. */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return error;
  }
  assert.fail("it was not refused");
}
