/**
 * Proves what `zabble watch` prints as things happen: transactions in words, changes of leader and
 * lost connections so that nobody overlooks them, JSON lines for programs; and that Ctrl-C is
 * success.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { brokenConnection, gameServer, never } from "../client/scripted-server.testing.js";
import type { GameEvent } from "../game/event.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { zxidOf } from "../game/zxid.js";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import type { WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { startRun } from "./command-run.testing.js";

const NODE1 = "http://127.0.0.1:7101";
const NODE2 = "http://127.0.0.1:7102";
const room = "lobby";

type Said = MessageInitShape<typeof WatchResponseSchema>;

function status(nodeId: string, leaderId: string, epoch: number): Said {
  const phase = leaderId === "" ? Phase.ELECTION : Phase.BROADCAST;
  return { message: { case: "status", value: { nodeId, leaderId, epoch, phase } } };
}

function committed(zxid: bigint, ...events: GameEvent[]): Said {
  const message = transactionToMessage({ zxid, prev: zxid - 1n, time: 9, requestId: "r", events });
  return { message: { case: "committed", value: { transactions: [message], zxid } } };
}

const snapshot: Said = {
  message: {
    case: "snapshot",
    value: {
      zxid: zxidOf(3, 5),
      rooms: [{ name: room, round: 1, open: true, target: 45, by: "dan", since: 1n }],
    },
  },
};

const guess: GameEvent = { type: "GuessSubmitted", room, round: 1, player: "eve", value: 52 };
const close: GameEvent = {
  type: "RoundClosed",
  room,
  round: 1,
  winner: "eve",
  guess: 52,
  distance: 7,
};
const nextTarget: GameEvent = { type: "TargetSet", room, round: 2, value: 60, by: "dan" };
const nextGuess: GameEvent = { type: "GuessSubmitted", room, round: 2, player: "bob", value: 60 };

/** Says these, then breaks off or waits. */
function says(messages: readonly Said[], breaksOff: boolean): Transport {
  return gameServer({
    async *watch(_request, { signal }) {
      yield* messages;
      if (breaksOff) throw brokenConnection();
      await never(signal);
    },
  });
}

/** Node 1 dies after a guess; node 2 tells how it went on under a new leader. */
function story(): Readonly<Record<string, Transport>> {
  const marker: GameEvent = { type: "LeaderEstablished", epoch: 4, nodeId: "node2" };
  return {
    [NODE1]: says([snapshot, status("node1", "node1", 3), committed(zxidOf(3, 6), guess)], true),
    [NODE2]: says(
      [
        status("node2", "", 3),
        committed(zxidOf(4, 0), marker),
        status("node2", "node2", 4),
        status("node2", "node2", 4),
        committed(zxidOf(4, 1), close, nextTarget),
        committed(zxidOf(4, 2), nextGuess),
      ],
      false,
    ),
  };
}

test("it prints the story in words until Ctrl-C", async () => {
  const run = startRun(["watch"], { servers: story() });
  await run.printed(/bob guessed/);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 0);
  assert.equal(
    run.stdout().replaceAll(/━{3,}/g, "━━━"),
    `-- Connected to ${NODE1}.
lobby: round 1 is open, as of 3.5
target 45, set by dan
no guesses yet
scores: nobody has won a round
━━ node1 leads epoch 3 ━━━
3.6  eve guessed 52, off by 7
-- Lost ${NODE1}: read ECONNRESET. Resuming after 3.6.
-- Connected to ${NODE2}.
━━ node2 has no leader and looks for one ━━━
━━ 4.0  node2 leads epoch 4 ━━━
━━ node2 leads epoch 4 ━━━
4.1  round 1 went to eve (52, off by 7)
4.1  dan set the target of round 2 to 60
4.2  bob guessed 60, exact
`,
  );
});

test("--json prints one object a line, with stable keys", async () => {
  const run = startRun(["watch", "--json"], { servers: story() });
  await run.printed(/"4\.2"/);
  run.signal("SIGTERM");
  assert.equal(await run.exitCode, 0);
  const lines = run.stdout().trim().split("\n");
  const said = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    said.map(({ type, zxid }) => (zxid === undefined ? type : `${type} ${zxid}`)),
    [
      "connection",
      "snapshot 3.5",
      "status",
      "transaction 3.6",
      "connection",
      "connection",
      "status",
      "transaction 4.0",
      "status",
      "transaction 4.1",
      "transaction 4.2",
    ],
  );
  assert.deepEqual(said[3], {
    type: "transaction",
    zxid: "3.6",
    zxidDecimal: "12884901894",
    prev: "3.5",
    prevDecimal: "12884901893",
    time: 9,
    requestId: "r",
    events: [guess],
  });
  assert.equal(said[1].target, 45);
});

test("--from resumes without a snapshot and then shows the facts alone", async () => {
  const asked: bigint[] = [];
  const server = gameServer({
    async *watch({ fromZxid }, { signal }) {
      asked.push(fromZxid);
      yield committed(zxidOf(3, 7), guess);
      await never(signal);
    },
  });
  const run = startRun(["watch", "--from", "3.6", "--node", "node1"], {
    servers: { [NODE1]: server },
  });
  await run.printed(/eve guessed 52\n/);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 0);
  assert.deepEqual(asked, [zxidOf(3, 6)]);
});
