/**
 * Proves that `zabble client` does one command a line, goes on after a mistake, shows what is
 * watched in between, and tells a pipe by its exit code how it went.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, createRouterTransport, type Transport } from "@connectrpc/connect";
import { never, zabbleError } from "../client/scripted-server.testing.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { zxidOf } from "../game/zxid.js";
import { ClusterService, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { finishRun, startRun } from "./command-run.testing.js";

/** A node that commits guesses and tells its watchers. */
function nodeServer(nodeId: string): Transport {
  let counter = 0;
  let tell: (() => void) | undefined;
  const told: { player: string; value: number; counter: number }[] = [];
  return createRouterTransport(({ service }) => {
    service(ClusterService, {
      getStatus: () => ({
        status: { nodeId, leaderId: "node1", role: Role.FOLLOWING, phase: Phase.BROADCAST },
      }),
    });
    service(GameService, {
      submitGuess({ player, value = -1 }) {
        counter++;
        told.push({ player, value, counter });
        tell?.();
        return { zxid: zxidOf(1, counter), round: 1 };
      },
      closeRound() {
        throw zabbleError(Code.FailedPrecondition, { reason: "NO_GUESS" }, "There is no guess.");
      },
      getGame: ({ room }) => ({ zxid: zxidOf(1, counter), room: { name: room } }),
      async *watch(_request, { signal }) {
        yield { message: { case: "snapshot", value: { zxid: 0n, rooms: [] } } };
        const over = never(signal);
        for (;;) {
          const next = told.shift();
          if (next === undefined) {
            const more = new Promise<void>((resolve) => {
              tell = resolve;
            });
            await Promise.race([more, over]);
            continue;
          }
          const event = { type: "LeaderEstablished", epoch: 1, nodeId: next.player } as const;
          const zxid = zxidOf(1, next.counter);
          const prev = zxid - 1n;
          const transaction = { zxid, prev, time: 1, requestId: "", events: [event] };
          const transactions = [transactionToMessage(transaction)];
          yield { message: { case: "committed", value: { transactions, zxid } } };
        }
      },
    });
  });
}

const NODE3 = "http://127.0.0.1:7103";

test("a pipe: one command a line, and the highest exit code at the end", async () => {
  const servers = { [NODE3]: nodeServer("node3") };
  const input = "connect node3\n\n  guess 52\nguess lots\nread\nclose\njuggle\nclose now\nguess 1";
  const run = await finishRun(["client", "--player", "eve"], { servers }, input);
  assert.equal(
    run.stdout,
    `talking to node3; node1 leads
committed 1.1: round 1, your guess 52
lobby: nobody has set a target yet, as of 1.1
committed 1.2: round 1, your guess 1
`,
  );
  assert.equal(
    run.stderr,
    `A value is a whole number from 0 to 100, such as 42.
refused: There is no guess.
There is no command "juggle"; help shows those there are.
"close now" has more words than close takes.
`,
  );
  assert.equal(run.exitCode, 2);
});

test("without a mistake a pipe ends with 0, also by quit with more to come", async () => {
  const servers = { [NODE3]: nodeServer("node3") };
  const run = await finishRun(["client"], { servers }, "connect node3\nhelp\nquit\nguess 5\n");
  assert.equal(run.exitCode, 0);
  for (const word of ["connect", "write", "guess", "close", "read", "watch", "status", "quit"]) {
    assert.match(run.stdout, new RegExp(`^${word} `, "m"));
  }
  assert.doesNotMatch(run.stdout, /committed 1/);
});

test("connect takes a node, an address or nothing, and says if nobody is there", async () => {
  const servers = { "http://far:9000": nodeServer("node9") };
  const input = "connect node2\nconnect far:9000\nguess 5\nconnect\nconnect ftp://x\n";
  const run = await finishRun(["client"], { servers }, input);
  assert.match(run.stdout, /^node2 does not answer: connect ECONNREFUSED$/m);
  assert.match(run.stdout, /^talking to node9; node1 leads\ncommitted 1\.1/m);
  assert.match(run.stdout, /^talking to all of 5 nodes$/m);
  assert.match(run.stderr, /such as http:\/\/127\.0\.0\.1:7101/);
  assert.equal(run.exitCode, 3);
});

test("what is watched appears as it happens, until watch is said again", async () => {
  const servers = { [NODE3]: nodeServer("node3") };
  const run = startRun(["client", "--node", "node3", "--player", "eve"], { servers });
  run.stdin.write("watch\n");
  await run.printed(/nobody has set a target/);
  run.stdin.write("guess 7\n");
  await run.printed(/1\.1 {2}eve leads epoch 1/);
  run.stdin.write("watch\n");
  await run.printed(/no longer watching/);
  run.stdin.write("guess 8\nread\n");
  await run.printed(/as of 1\.2/);
  run.stdin.end();
  assert.equal(await run.exitCode, 0);
  assert.doesNotMatch(run.stdout(), /1\.2 {2}eve leads/);
});

test("on a terminal it prompts, and what is watched goes above the prompt", async () => {
  const servers = { [NODE3]: nodeServer("node3") };
  const run = startRun(["client", "--node", "node3", "--player", "eve"], {
    servers,
    terminal: true,
  });
  await run.printed(/eve@node3> /);
  run.stdin.write("watch\n");
  await run.printed(/nobody has set a target[\s\S]*eve@node3> /);
  run.stdin.write("quit\n");
  assert.equal(await run.exitCode, 0);
});
