// Plays on an emulated terminal, by the keys of the key table, against real client ports: guesses
// that wait for their commit, refusals, elections, a lost server, time travel, broken nodes; and
// proves that the terminal is whole again after every way out.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import {
  type ServerUnderTest,
  type ServerUnderTestOptions,
  startServer,
} from "../api/server-under-test.testing.js";
import type { Command } from "../game/command.js";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { type ScreenRun, startScreen } from "./play-screen.testing.js";

function target(value: number, requestId: string, room = "lobby"): Command {
  return { type: "SetTarget", room, player: "dan", value, requestId };
}

function guess(player: string, value: number, requestId: string): Command {
  return { type: "SubmitGuess", room: "lobby", player, value, requestId };
}

/** A node with an open round in the lobby, and ann's screen on it. */
async function playing(
  t: TestContext,
  options: ServerUnderTestOptions = {},
  ...args: readonly string[]
): Promise<ServerUnderTest & { readonly screen: ScreenRun }> {
  const server = await startServer(t, options);
  server.replica.commit(target(45, "t-1"));
  const screen = startScreen(t, ["--server", server.url, "--player", "ann", ...args]);
  await screen.shows(/round 1: set by dan/, /● live/);
  return { ...server, screen };
}

test("a guess is pending until its commit is seen, and then on the screen", async (t) => {
  const { replica, screen } = await playing(t);
  replica.hold();
  screen.type("47");
  screen.act("play", "submit");
  const pending = await screen.shows(/… your guess 47 is on its way/, /1 pending/);
  assert.doesNotMatch(pending, /47 +off by 2/, "nothing is shown that is not committed");
  replica.release();
  await screen.shows(/✓ your guess 47 is committed/, /◆ 1\.2 +you +47 +off by 2/);
});

test("w sets a target, c closes, and what others do appears by itself", async (t) => {
  const { replica, screen } = await playing(t);
  replica.commit(guess("bob", 40, "g-1"));
  await screen.shows(/◆ bob 40, off by 5/);
  screen.act("play", "write");
  screen.type("70\n");
  await screen.shows(/round 2: set by ann/, /round 1 went to bob \(40, off by 5\)/);
  screen.type("71\n");
  await screen.shows(/◆ you 71, off by 1/);
  screen.act("play", "closeRound");
  await screen.shows(/✓ ann won round 2/, /round 2: closed/);
});

test("a refusal is explained where it was typed, and what was typed stays", async (t) => {
  const { screen } = await playing(t);
  screen.act("play", "closeRound");
  await screen.shows(/✕ .*no guess/i);
  screen.type("101\n");
  await screen.shows(/✕ a guess is a whole number from 0 to 100, not "101"/, /guess › 101/);
});

test("typed commands are completed and done", async (t) => {
  const { screen } = await playing(t);
  screen.act("play", "command");
  screen.type("gue");
  screen.act("line", "complete");
  screen.type("44\n");
  await screen.shows(/✓ your guess 44 is committed/);
});

test("without a leader the screen says so, and the guess is made under the next one", async (t) => {
  const { replica, screen } = await playing(t);
  replica.setPhase(Phase.ELECTION);
  await screen.shows(/◌ electing/, /node1 has no leader \(looking, election\)/);
  screen.type("46\n");
  await screen.shows(/… your guess 46 waits for a leader; it will be sent with the same id/);
  replica.establish();
  replica.setPhase(Phase.BROADCAST);
  await screen.shows(/✓ your guess 46 is committed/, /● live/);
  assert.equal(replica.game().rooms.get("lobby")?.round, 1);
});

test("rooms are listed, entered and opened", async (t) => {
  const { replica, screen } = await playing(t);
  replica.commit(target(77, "t-2", "attic"));
  await screen.shows(/attic: dan set 77/);
  screen.act("play", "rooms");
  await screen.shows(/▶ attic +round 1, target 77/, /lobby .* you are here/);
  screen.act("rooms", "submit");
  await screen.shows(/ZABBLE +attic/);
  screen.act("play", "rooms");
  screen.type("cellar\n");
  await screen.shows(/ZABBLE +cellar/, /Nobody has set a target here/);
});

test("stepping back shows what was, by the same picture, and Esc comes back", async (t) => {
  const { replica, screen } = await playing(t);
  replica.commit(guess("bob", 40, "g-1"), guess("eve", 44, "g-2"));
  await screen.shows(/◆ eve 44, off by 1/);
  screen.act("play", "travel");
  await screen.shows(/THIS IS THE PAST/, /4 of 4/, /closest so far bob 40 → eve 44/);
  screen.act("past", "older");
  const past = await screen.shows(/3 of 4/, /◆ bob 40, off by 5/);
  assert.doesNotMatch(past, /eve 44, off by 1/);
  screen.act("past", "goTo");
  screen.type("1.1\n");
  await screen.shows(/2 of 4/, /no guess yet/);
  replica.commit(guess("zoe", 45, "g-3"));
  screen.act("past", "live");
  await screen.shows(/● live/, /◆ zoe 45, exact/);
});

test("what breaks a node is asked for once more, and can still be left", async (t) => {
  const { replica, screen } = await playing(t, { admin: true });
  await screen.shows(/1 of 1 nodes up/);
  screen.act("play", "breakThings");
  await screen.shows(/break things/, /▶ ★ node1/);
  screen.act("breaking", "kill");
  await screen.shows(
    /are you sure\?/,
    /End the process of node1, the leader/,
    /nothing is confirmed/,
  );
  screen.act("confirm", "cancel");
  await screen.emulator.until((text) => !text.includes("are you sure"), "no question");
  assert.deepEqual(replica.asked, []);
});

test("where the cluster does not allow it, x says so", async (t) => {
  const { screen } = await playing(t);
  screen.act("play", "breakThings");
  await screen.shows(/this cluster does not allow it: its file says admin: false/);
});

test("a lost server is said, and what was known stays readable", async (t) => {
  const { server, screen } = await playing(t);
  await server.close();
  await screen.shows(/✕ reconnecting/, /round 1: set by dan/, /what was known at 1\.1/);
});

test("somebody without a name is asked for one, and it is remembered", async (t) => {
  const { url } = await startServer(t);
  const first = startScreen(t, ["--server", url]);
  await first.shows(/Who plays\?/, /your name › ann/);
  first.act("line", "submit");
  await first.shows(/ann @ node1/);
  first.act("play", "quit");
  assert.equal(await first.exitCode, 0);
  const second = startScreen(t, ["--server", url], { home: first.home });
  await second.shows(/ann @ node1/);
  const watcher = startScreen(t, ["--server", url, "--spectate"], { home: first.home });
  await watcher.shows(/watching @ node1/, /you only watch/);
});

test("the size may change at any time; below 60 x 16 a sentence says what is needed", async (t) => {
  const { screen } = await playing(t);
  screen.emulator.resize(80, 24);
  await screen.shows(/q quit$/, /scores/);
  screen.emulator.resize(40, 10);
  await screen.shows(/Zabble needs 60 x 16;\nthis is 40 x 10/);
  screen.type("5");
  screen.emulator.resize(60, 16);
  const small = await screen.shows(/round 1: set by dan/);
  assert.doesNotMatch(small, /guess › 5/, "keys are swallowed while nothing can be seen");
});

test("the mouse chooses panes and presses the keys of the footer, once it is on", async (t) => {
  const { screen } = await playing(t);
  screen.act("play", "mouse");
  const text = await screen.shows(/▸ guesses/, /the mouse is on/);
  const lines = text.split("\n");
  const row = lines.findIndex((line) => line.includes("committed events"));
  screen.emulator.mouse("click", 100, row + 1);
  await screen.shows(/▸ committed events/);
  const help = lines.at(-1)?.indexOf("? help") ?? 0;
  screen.emulator.mouse("click", help, lines.length - 1);
  await screen.shows(/help {3}1-/);
});

test("NO_COLOR leaves the screen without colours", async (t) => {
  const { url } = await startServer(t);
  const screen = startScreen(t, ["--server", url, "--spectate"], { env: { NO_COLOR: "1" } });
  await screen.shows(/● live/, /★ node|asking/);
  for (let y = 0; y < 40; y++) {
    for (let x = 0; x < 120; x++) {
      const { fg, bg } = screen.emulator.styleAt(x, y);
      assert.deepEqual([fg, bg], [undefined, undefined], `colour at ${x}, ${y}`);
    }
  }
});

const EXITS: readonly (readonly [string, (screen: ScreenRun) => void, number])[] = [
  ["q", (screen) => screen.act("play", "quit"), 0],
  ["Ctrl-C", (screen) => screen.act("play", "interrupt"), 130],
  ["SIGTERM", (screen) => screen.signal("SIGTERM"), 143],
  ["SIGHUP", (screen) => screen.signal("SIGHUP"), 129],
  ["a lost terminal", (screen) => screen.emulator.input.end(), 129],
];

for (const [name, leave, code] of EXITS) {
  test(`${name} restores the terminal and ends with ${code}`, async (t) => {
    const { screen } = await playing(t, {}, "--mouse");
    assert.equal(screen.emulator.isRestored(), false);
    leave(screen);
    assert.equal(await screen.exitCode, code);
    await screen.emulator.until(() => screen.emulator.isRestored(), "a restored terminal");
  });
}

test("a bug in the program restores the terminal, too", async (t) => {
  const { url, replica } = await startServer(t);
  replica.commit(target(45, "t-1"));
  let ids = 0;
  const requestId = (): string => {
    ids += 1;
    if (ids > 1) throw new Error("planted");
    return `id-${ids}`;
  };
  const screen = startScreen(t, ["--server", url, "--player", "ann"], { requestId });
  await screen.shows(/round 1: set by dan/);
  screen.type("5\n");
  await assert.rejects(screen.exitCode, /planted/);
  await screen.emulator.until(() => screen.emulator.isRestored(), "a restored terminal");
});

test("without a terminal it says so and offers what works without one", async (t) => {
  const screen = startScreen(t, ["--server", "http://127.0.0.1:1"], { isTerminal: false });
  assert.equal(await screen.exitCode, 2);
  assert.match(screen.stderr(), /needs a terminal.*\n.*zabble watch/);
  assert.equal(screen.emulator.bytes(), 0);
});
