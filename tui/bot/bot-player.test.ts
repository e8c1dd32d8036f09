// Proves when a bot sends nothing: a refusal keeps it quiet until it sees a later round, also while
// its view of the room lags, and so does a server that can take no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFastClock } from "../../client/fast-clock.testing.js";
import type { PlayOutcome } from "../../client/play-session.js";
import type { OpenRoom } from "../../game/room.js";
import { createBotPlayer } from "./bot-player.js";
import { createPace } from "./pace.js";
import type { PlayLanes } from "./play-lanes.js";
import { createTally } from "./tally.js";

const refused: PlayOutcome = {
  kind: "refused",
  code: "failed_precondition",
  message: "closed",
  info: undefined,
};

function openRound(round: number): OpenRoom {
  const state = { status: "open", name: "lobby", round, target: 50, by: "dan", since: 1 } as const;
  const guesses = { guesses: [], guessCount: 0, closest: undefined };
  return { ...state, ...guesses, rounds: [], scores: new Map() };
}

/** A bot with a beat every second, and how many calls it has made. */
function botWith(lanes: Pick<PlayLanes, "free" | "call">) {
  let calls = 0;
  const bot = createBotPlayer({
    name: "bot1",
    room: "lobby",
    strategy: "closest",
    rate: 1,
    pace: createPace(0, 1000),
    random: () => 0,
    servers: ["http://a"],
    lanes: {
      isLost: () => false,
      free: lanes.free,
      call(server, call) {
        calls++;
        return lanes.call(server, call);
      },
      close() {},
    },
    clock: createFastClock(),
    requestId: () => `id-${calls}`,
    tally: createTally(),
  });
  return { bot, calls: () => calls };
}

test("after a refusal it waits for a later round, however often it sees the same one", async () => {
  const { bot, calls } = botWith({ free: () => 9, call: () => Promise.resolve(refused) });
  bot.play(openRound(3), 0);
  await bot.idle();
  bot.play(openRound(3), 1000);
  assert.equal(calls(), 1);
  bot.play(openRound(4), 2000);
  assert.equal(calls(), 2);
});

test("it asks nothing of a server that can take no more", () => {
  const { bot, calls } = botWith({ free: () => 0, call: () => Promise.resolve(refused) });
  bot.play(openRound(3), 0);
  assert.equal(bot.trySetTarget(), false);
  assert.equal(calls(), 0);
});
