/**
 * Proves what `write`, `guess`, `close` and `read` print and end with, for good input, bad input, a
 * no of the rules and a cluster that does not answer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, type Transport } from "@connectrpc/connect";
import {
  brokenConnection,
  gameServer,
  never,
  zabbleError,
} from "../client/scripted-server.testing.js";
import { zxidOf } from "../game/zxid.js";
import { Consistency } from "../gen/zabble/v1/game_pb.js";
import { finishRun } from "./command-run.testing.js";

const NODE1 = "http://127.0.0.1:7101";
const NODE3 = "http://127.0.0.1:7103";

/** Commits everything and says what it was asked. */
function agreeable(asked: object[]): Transport {
  const zxid = zxidOf(3, 1842);
  return gameServer({
    setTarget({ room, player, value, requestId }) {
      asked.push({ room, player, value, requestId });
      return { zxid, round: 8 };
    },
    submitGuess({ room, player, value, requestId }) {
      asked.push({ room, player, value, requestId });
      return { zxid, round: 7 };
    },
    closeRound({ room, player, requestId }) {
      asked.push({ room, player, requestId });
      return { zxid, round: 7 };
    },
  });
}

test("each command says where it was committed and what it did", async () => {
  const asked: object[] = [];
  const servers = { [NODE1]: agreeable(asked) };
  const env = { USER: "eve" };
  const wrote = await finishRun(["write", "45"], { servers, env });
  assert.equal(wrote.stdout, "committed 3.1842: round 8 is open, target 45\n");
  const guessed = await finishRun(["guess", "52", "--room", "attic"], { servers, env });
  assert.equal(guessed.stdout, "committed 3.1842: round 7, your guess 52\n");
  const closed = await finishRun(["close", "--player", "dan"], { servers });
  assert.equal(closed.stdout, "committed 3.1842: round 7 is closed\n");
  for (const run of [wrote, guessed, closed]) {
    assert.equal(run.exitCode, 0);
    assert.equal(run.stderr, "");
  }
  assert.deepEqual(asked, [
    { room: "lobby", player: "eve", value: 45, requestId: "id-1" },
    { room: "attic", player: "eve", value: 52, requestId: "id-1" },
    { room: "lobby", player: "dan", requestId: "id-1" },
  ]);
});

test("without a usable $USER the player is called player", async () => {
  const asked: object[] = [];
  const servers = { [NODE1]: agreeable(asked) };
  await finishRun(["close"], { servers });
  await finishRun(["close"], { servers, env: { USER: "a name of far too many characters" } });
  const want = { room: "lobby", player: "player", requestId: "id-1" };
  assert.deepEqual(asked, [want, want]);
});

test("--json prints one object with the zxid in both forms", async () => {
  const asked: object[] = [];
  const servers = { [NODE3]: agreeable(asked) };
  const args = ["guess", "52", "--node", "node3", "--player", "eve", "--request-id", "r", "--json"];
  const { stdout, exitCode } = await finishRun(args, { servers });
  assert.equal(exitCode, 0);
  assert.deepEqual(JSON.parse(stdout), {
    outcome: "committed",
    zxid: "3.1842",
    zxidDecimal: "12884903730",
    round: 7,
    server: NODE3,
    attempts: 1,
    command: "guess",
    room: "lobby",
    player: "eve",
    value: 52,
    requestId: "r",
  });
  assert.equal(stdout.split("\n").length, 2, "one line");
});

test("a number that is not allowed is wrong usage, and says what is allowed", async () => {
  for (const value of ["2.5", "-1", "abc", "", "101", "1e1", " 5", "+5", "0x10", "٣"]) {
    for (const command of ["write", "guess"]) {
      const run = await finishRun([command, value]);
      assert.equal(run.exitCode, 2, `${command} ${value}`);
      assert.match(run.stderr, /a whole number from 0 to 100/, `${command} ${value}`);
      assert.equal(run.stdout, "");
    }
  }
});

test("other wrong usage ends with 2 as well", async () => {
  for (const [args, words] of [
    [["guess"], /missing required argument/],
    [["guess", "1", "2"], /too many arguments/],
    [["juggle"], /unknown command/],
    [["guess", "1", "--colour"], /unknown option/],
    [["guess", "1", "--player", ""], /1 to 24 visible characters/],
    [["guess", "1", "--room", "a b"], /room's name is/],
    [["guess", "1", "--timeout", "soon"], /whole number of milliseconds/],
    [["guess", "1", "--request-id", "x".repeat(65)], /1 to 64 characters/],
    [["guess", "1", "--server", "ftp://x"], /an address such as/],
    [["guess", "1", "--server", "http://x", "--node", "node1"], /cannot be used with/],
    [["guess", "1", "--node", "node9"], /no node "node9".+node1, node2/],
    [["guess", "1", "--config", "/nowhere.yaml"], /nowhere\.yaml: expected a readable/],
    [["read", "--consistency", "eventual"], /linearizable, local/],
  ] as const) {
    const run = await finishRun(args);
    assert.equal(run.exitCode, 2, args.join(" "));
    assert.match(run.stderr, words, args.join(" "));
  }
  assert.equal((await finishRun([])).exitCode, 2);
});

test("a no of the rules ends with 1 and is told in the server's words", async () => {
  const info = { reason: "NO_OPEN_ROUND", rule: "an open round" };
  const message = 'Round 6 of room "lobby" is closed.';
  const servers = {
    [NODE1]: gameServer({
      submitGuess() {
        throw zabbleError(Code.FailedPrecondition, info, message);
      },
    }),
  };
  const plain = await finishRun(["guess", "5", "--node", "node1"], { servers });
  assert.deepEqual(plain, { exitCode: 1, stdout: "", stderr: `refused: ${message}\n` });
  const json = await finishRun(["guess", "5", "--node", "node1", "--json"], { servers });
  assert.equal(json.exitCode, 1);
  assert.equal(json.stderr, "");
  const said = JSON.parse(json.stdout);
  assert.equal(said.outcome, "refused");
  assert.equal(said.code, "failed_precondition");
  assert.equal(said.reason, "NO_OPEN_ROUND");
  assert.equal(said.message, message);
});

test("a cluster that is down ends with 3, and it is certain that nothing happened", async () => {
  const { exitCode, stderr } = await finishRun(["write", "5", "--timeout", "300"]);
  assert.equal(exitCode, 3);
  assert.match(stderr, /^unavailable: Nothing happened: no answer within 300 ms; last, http:/);
});

test("an unknown outcome ends with 3 and tells how to repeat the command", async () => {
  const server = gameServer({
    setTarget() {
      throw brokenConnection();
    },
  });
  const args = ["write", "5", "--server", "there:80", "--timeout", "50"];
  const { exitCode, stderr } = await finishRun(args, { servers: { "http://there": server } });
  assert.equal(exitCode, 3);
  assert.match(stderr, /The outcome is unknown/);
  assert.match(stderr, /Repeat it with --request-id id-1\n$/);
});

test("the default is every node: a dead one and a frozen one do not matter", async () => {
  const asked: object[] = [];
  const frozen = gameServer({ setTarget: (_request, { signal }) => never(signal) });
  const servers = { "http://127.0.0.1:7102": frozen, [NODE3]: agreeable(asked) };
  const { exitCode, stdout } = await finishRun(["write", "5", "--json"], { servers });
  assert.equal(exitCode, 0);
  assert.equal(JSON.parse(stdout).attempts, 3);
});

const guesses = [
  { zxid: zxidOf(3, 9), player: "bob", value: 46, distance: 1, time: 5n },
  { zxid: zxidOf(3, 10), player: "alice", value: 52, distance: 7, time: 6n },
];

const openRoom = {
  name: "lobby",
  round: 7,
  open: true,
  target: 45,
  by: "dan",
  since: 4n,
  guesses,
  closest: { zxid: zxidOf(3, 9), player: "bob", value: 46, distance: 1, time: 5n },
  rounds: [{ round: 6, target: 50, winner: "bob", guess: 48, distance: 2, zxid: zxidOf(2, 977) }],
  scores: [
    { player: "bob", won: 4 },
    { player: "alice", won: 2 },
  ],
};

test("read shows the room, and asks for the consistency that was wanted", async () => {
  const asked: Consistency[] = [];
  const servers = {
    [NODE1]: gameServer({
      getGame({ consistency }) {
        asked.push(consistency);
        return { zxid: zxidOf(3, 12), room: openRoom };
      },
    }),
  };
  const plain = await finishRun(["read"], { servers });
  assert.equal(plain.exitCode, 0);
  assert.equal(
    plain.stdout,
    `lobby: round 7 is open, as of 3.12
target 45, set by dan
guesses, newest last:
  3.9   bob     46  off by 1
  3.10  alice   52  off by 7
closest: bob 46, off by 1
round 6 went to bob (48, off by 2); its target was 50
scores: bob 4, alice 2
`,
  );
  const json = await finishRun(["read", "--json", "--consistency", "local"], { servers });
  const said = JSON.parse(json.stdout);
  assert.equal(said.zxid, "3.12");
  assert.equal(said.zxidDecimal, "12884901900");
  assert.equal(said.guesses[1].distance, 7);
  assert.equal(said.closest.player, "bob");
  assert.deepEqual(said.scores[0], { player: "bob", won: 4 });
  assert.deepEqual(asked, [Consistency.LINEARIZABLE, Consistency.LOCAL]);
});

test("read knows a room without a target, and a closed one", async () => {
  let room: object = { name: "attic" };
  const servers = {
    [NODE1]: gameServer({ getGame: () => ({ zxid: zxidOf(1, 5), room }) }),
  };
  const none = await finishRun(["read", "--room", "attic"], { servers });
  assert.equal(none.stdout, "attic: nobody has set a target yet, as of 1.5\n");
  assert.equal(none.exitCode, 0);
  room = { name: "attic", round: 2, open: false, target: 48, by: "bob", since: 1n };
  const closed = await finishRun(["read", "--room", "attic"], { servers });
  assert.match(closed.stdout, /round 2 is closed, as of 1\.5\ntarget 48, guessed by bob\n/);
});

test("every command's help shows examples, the program's shows the exit codes", async () => {
  const help = await finishRun(["--help"]);
  assert.equal(help.exitCode, 0);
  assert.match(help.stdout, /Exit codes:/);
  const names = [...help.stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
  const commands = names.filter((name) => name !== undefined && name !== "help" && name[0] !== "-");
  assert.ok(commands.length >= 11, `there are ${commands.join(" ")}`);
  for (const name of commands) {
    const { exitCode, stdout } = await finishRun([name ?? "", "--help"]);
    assert.equal(exitCode, 0, name);
    assert.match(stdout, /^Examples:\n {2}\$ /m, name);
    assert.ok(stdout.includes(`zabble ${name}`), name);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 100, line);
  }
});
