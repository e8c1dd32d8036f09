// Proves whole runs of `zabble bot` in memory: the game goes on by itself, commands of a broken
// session are repeated with the same ids and happen once, refused bots wait for the next round, and
// every end has its words and its exit code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { gameServer, never, zabbleError } from "../../client/scripted-server.testing.js";
import type { GameEvent } from "../../game/event.js";
import type { Transaction } from "../../game/transaction.js";
import { finishRun, startRun } from "../command-run.testing.js";
import { createMemoryCluster, type MemoryCluster } from "./memory-cluster.testing.js";

const NODE1 = "http://127.0.0.1:7101";
const NODE2 = "http://127.0.0.1:7102";
const room = "lobby";

type EventOf<Type extends GameEvent["type"]> = Extract<GameEvent, { readonly type: Type }>;

function eventsOf<Type extends GameEvent["type"]>(
  log: readonly Transaction[],
  type: Type,
): readonly EventOf<Type>[] {
  const isWanted = (event: GameEvent): event is EventOf<Type> => event.type === type;
  return log.flatMap(({ events }) => events).filter(isWanted);
}

/** Plays through node 1 and, if the cluster has it, node 2; resolves with the JSON lines. */
async function play(cluster: MemoryCluster, ...args: readonly string[]) {
  const named = Object.keys(cluster.servers).flatMap((server) => ["--server", server]);
  const { servers } = cluster;
  const run = await finishRun(["bot", "--json", "--seed", "7", ...named, ...args], { servers });
  assert.equal(run.stderr, "");
  const said = run.stdout.trim().split("\n");
  const lines: Record<string, unknown>[] = said.map((line) => JSON.parse(line));
  return { exitCode: run.exitCode, lines, summary: lines.at(-1) ?? {} };
}

test("one bot opens the room, guesses at its pace, and Ctrl-C ends it with a summary", async () => {
  const cluster = createMemoryCluster([NODE1]);
  const { servers } = cluster;
  const run = startRun(["bot", "--server", NODE1, "--seed", "7"], { servers });
  await run.printed(/20 s: /);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 0);
  const [start, ten, twenty, summary] = run.stdout().split("\n");
  assert.equal(
    start,
    "1 bot (bot1) plays in lobby through 1 server, 0.5 guesses/s, strategy closest, seed 7. " +
      "Ctrl-C stops it.",
  );
  assert.match(ten ?? "", /^10 s: 5 confirmed, 0\.5\/s, 0 refused, 0 repeated, median [\d.]+ ms/);
  assert.match(twenty ?? "", /^20 s: 10 confirmed, 0\.5\/s/);
  assert.match(summary ?? "", /^In 20\.\d s: 10 confirmed \(0\.5\/s\), .* 2 targets set, median/);
  const [first] = eventsOf(cluster.log, "TargetSet");
  assert.deepEqual([first?.room, first?.by], [room, "bot1"]);
  assert.equal(eventsOf(cluster.log, "GuessSubmitted").length, 10);
});

test("the game goes on by itself: one bot at a time sets the next target", async () => {
  const cluster = createMemoryCluster([NODE1, NODE2]);
  const args = ["--count", "5", "--rate", "1", "--duration", "60"];
  const { exitCode, summary } = await play(cluster, ...args);
  assert.equal(exitCode, 0);
  const rounds = eventsOf(cluster.log, "TargetSet");
  // A round that is hit soon lasts 11 to 14 s.
  assert.ok(rounds.length >= 5 && rounds.length <= 6, `${rounds.length} rounds`);
  assert.equal(eventsOf(cluster.log, "RoundClosed").length, rounds.length - 1);
  assert.equal(summary.targets, rounds.length);
  assert.equal(summary.confirmed, eventsOf(cluster.log, "GuessSubmitted").length);
  assert.equal(summary.confirmed, 300);
  assert.deepEqual(new Set(cluster.arrivals.map(({ server }) => server)), new Set([NODE1, NODE2]));
});

test("with --no-targets bots guess only once somebody else opens the room", async () => {
  const cluster = createMemoryCluster([NODE1]);
  const { servers } = cluster;
  const args = ["bot", "--server", NODE1, "--no-targets", "--rate", "2"];
  const run = startRun(args, { servers });
  await run.printed(/10 s: 0 confirmed/);
  assert.equal(cluster.arrivals.length, 0);
  cluster.play({ type: "SetTarget", room, player: "ann", value: 60, requestId: "a" });
  await run.printed(/40 s: /);
  run.signal("SIGTERM");
  assert.equal(await run.exitCode, 0);
  assert.equal(eventsOf(cluster.log, "TargetSet").length, 1);
  assert.ok(eventsOf(cluster.log, "GuessSubmitted").length > 50);
});

test("bisect finds each target in seven guesses and then waits for the next", async () => {
  const cluster = createMemoryCluster([NODE1]);
  await play(cluster, "--count", "3", "--rate", "2", "--strategy", "bisect", "--duration", "60");
  const targets = eventsOf(cluster.log, "TargetSet");
  const finished = targets.slice(0, -1);
  assert.ok(finished.length >= 3);
  for (const { round, value } of finished) {
    for (const name of ["bot1", "bot2", "bot3"]) {
      const own = eventsOf(cluster.log, "GuessSubmitted").filter(
        (guess) => guess.round === round && guess.player === name,
      );
      assert.ok(own.length <= 7, `${name} guessed ${own.length} times in round ${round}`);
      assert.equal(own.at(-1)?.value, value, `${name} did not find ${value} in round ${round}`);
    }
  }
});

test("the same seed makes the same choices", async () => {
  const guesses = async (...args: readonly string[]) => {
    const cluster = createMemoryCluster([NODE1]);
    await play(cluster, "--strategy", "random", "--count", "3", "--duration", "30", ...args);
    return eventsOf(cluster.log, "GuessSubmitted").map(({ player, value }) => [player, value]);
  };
  const first = await guesses();
  assert.ok(first.length > 40);
  assert.deepEqual(await guesses(), first);
  assert.notDeepEqual(await guesses("--seed", "8"), first);
});

test("commands of a broken session go on to the next server, and happen once", async () => {
  // The fifth command is committed, but its answer is lost together with the session.
  const cluster = createMemoryCluster([NODE1, NODE2], ({ server }, before) =>
    before === 4 && server === NODE1 ? "doubtful" : "answered",
  );
  const args = ["--count", "1", "--rate", "2", "--duration", "20", "--no-targets"];
  cluster.play({ type: "SetTarget", room, player: "ann", value: 60, requestId: "a" });
  const { exitCode, lines, summary } = await play(cluster, ...args);
  assert.equal(exitCode, 0);
  const doubtful = cluster.arrivals[4];
  const again = cluster.arrivals[5];
  assert.deepEqual([doubtful?.server, again?.server], [NODE1, NODE2]);
  assert.deepEqual(again?.command, doubtful?.command);
  assert.equal(summary.repeated, 1);
  assert.equal(summary.unanswered, 0);
  assert.equal(summary.confirmed, 40);
  assert.equal(eventsOf(cluster.log, "GuessSubmitted").length, 40);
  const changes = lines.filter(({ type }) => type === "lost" || type === "found");
  assert.deepEqual(changes, [
    { type: "lost", server: NODE1, reason: "read ECONNRESET" },
    { type: "found", server: NODE1 },
  ]);
  assert.equal(cluster.arrivals.at(-1)?.server, NODE1, "it goes home once its server is back");
});

test("all pipelined commands of a broken session are repeated, and happen once", async () => {
  const ignored: string[] = [];
  const cluster = createMemoryCluster([NODE1, NODE2], ({ server, command }) => {
    if (server === NODE2 || cluster.arrivals.length < 100) return "answered";
    // They pile up on node 1 until it breaks.
    if (ignored.length === 50) return "lost";
    ignored.push(command.requestId);
    return "ignored";
  });
  const args = ["--rate", "200", "--strategy", "random", "--duration", "2"];
  const { summary } = await play(cluster, ...args);
  assert.equal(ignored.length, 50);
  const logged = cluster.log.map(({ requestId }) => requestId);
  assert.equal(new Set(logged).size, logged.length);
  assert.ok(ignored.every((requestId) => logged.includes(requestId)));
  assert.ok(Number(summary.repeated) >= 51, `${summary.repeated} repeated`);
  assert.equal(summary.unanswered, 0);
  assert.equal(Number(summary.confirmed) + 1, logged.length, "one was the first target");
});

test("nobody tries a second target while the first one is unanswered", async () => {
  const cluster = createMemoryCluster([NODE1], () => "ignored");
  await play(cluster, "--count", "5", "--duration", "30");
  const ids = cluster.arrivals.map(({ command }) => command.requestId);
  assert.ok(ids.length > 1);
  assert.equal(new Set(ids).size, 1);
});

test("without a leader a command is repeated, and its server left after some tries", async () => {
  const cluster = createMemoryCluster([NODE1, NODE2], ({ server }) =>
    server === NODE1 ? "leaderless" : "answered",
  );
  const { lines, summary } = await play(cluster, "--duration", "10");
  const [target, ...repeats] = cluster.arrivals.slice(0, 5);
  assert.equal(target?.server, NODE1);
  assert.deepEqual(
    repeats.map(({ server }) => server),
    [NODE1, NODE1, NODE1, NODE2],
  );
  assert.ok(repeats.every(({ command }) => command.requestId === target?.command.requestId));
  assert.equal(summary.repeated, 4);
  assert.equal(summary.confirmed, 5);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["start", "summary"],
  );
});

test("a refused guess makes a bot wait until it sees the next round", async () => {
  const cluster: MemoryCluster = createMemoryCluster([NODE1], (_, before) => {
    const requestId = `b${before}`;
    // Somebody is quicker than the bot's fourth guess.
    if (before === 3) cluster.play({ type: "CloseRound", room, player: "ann", requestId });
    return "answered";
  });
  const { servers } = cluster;
  cluster.play({ type: "SetTarget", room, player: "ann", value: 60, requestId: "a" });
  const run = startRun(["bot", "--server", NODE1, "--no-targets"], { servers });
  await run.printed(/20 s: 3 confirmed, 0\/s, 1 refused/);
  assert.equal(cluster.arrivals.length, 4);
  cluster.play({ type: "SetTarget", room, player: "ann", value: 30, requestId: "c" });
  await run.printed(/40 s: /);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 0);
  assert.ok(eventsOf(cluster.log, "GuessSubmitted").length > 8);
});

test("a slow bot waits for each answer, a fast one sends on, the end waits 1 s", async () => {
  const unansweredAt = async (rate: string) => {
    const cluster = createMemoryCluster([NODE1], (_, before) => {
      return before === 0 ? "answered" : "ignored";
    });
    const { summary } = await play(cluster, "--rate", rate, "--duration", "2");
    assert.equal(summary.elapsedMs, 3000);
    return [cluster.arrivals.length - 1, summary.unanswered];
  };
  assert.deepEqual(await unansweredAt("20"), [1, 1]);
  const [sent, unanswered] = await unansweredAt("40");
  assert.equal(sent, unanswered);
  assert.ok(Number(sent) > 60, `${sent} sent`);
  assert.deepEqual(await unansweredAt("1000"), [256, 256]);
});

test("a watch that the servers refuse ends with 1, and silence with 3", async () => {
  const refusing = gameServer({
    // biome-ignore lint/correctness/useYield: this server refuses every watch.
    async *watch() {
      throw zabbleError(Code.InvalidArgument, { reason: "BAD_ROOM", field: "room" }, "bad room");
    },
  });
  const refused = await finishRun(["bot"], { servers: { [NODE1]: refusing } });
  assert.equal(refused.exitCode, 1);
  assert.equal(refused.stderr, "refused: bad room\n");

  const silent = gameServer({
    // biome-ignore lint/correctness/useYield: this server says nothing.
    async *watch(_request, { signal }) {
      await never(signal);
    },
  });
  const unheard = await finishRun(["bot", "--server", NODE1, "--json"], {
    servers: { [NODE1]: silent },
  });
  assert.equal(unheard.exitCode, 3);
  const last = JSON.parse(unheard.stdout.trim().split("\n").at(-1) ?? "");
  const message = `no server answered within 10000 ms: ${NODE1}`;
  assert.deepEqual(last, { type: "unavailable", outcome: "unavailable", message });
});

test("Ctrl-C before any server answered is no failure", async () => {
  const run = startRun(["bot", "--server", NODE1]);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 0);
  assert.match(run.stdout(), /\nIn 0\.0 s: 0 confirmed/);
});

test("what cannot be is refused with what can", async () => {
  const cases: [string, RegExp][] = [
    ["--count 201", /There may be 1 to 200 bots/],
    ["--count 0", /There may be 1 to 200 bots/],
    ["--rate 0.001", /from 0\.01 to 1000/],
    ["--rate 1e3", /from 0\.01 to 1000/],
    ["--count 200 --rate 100.5", /200 bots with 100\.5 guesses\/s each make 20100.*at most 20000/],
    ["--strategy clever", /Allowed choices are closest, random, bisect/],
    ["--duration 0", /0\.1 to 604800 seconds/],
    ["--seed -1", /A seed is a whole number/],
    ["--count 10 --name abcdefghijklmnopqrstuvw", /"abcdefghijklmnopqrstuvw10" is not/],
  ];
  for (const [args, words] of cases) {
    const { exitCode, stdout, stderr } = await finishRun(["bot", ...args.split(" ")]);
    assert.equal(exitCode, 2, args);
    assert.equal(stdout, "", args);
    assert.match(stderr, words);
  }
});
