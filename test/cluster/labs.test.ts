// Proves the game on five real nodes as its users described it: players on different nodes guess at
// a target, the closest and earliest one wins, and every node shows the same afterwards.
import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import type { CommandOutcome } from "../../client/zabble-client.js";
import { Consistency, type GetGameResponse } from "../../gen/zabble/v1/game_pb.js";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

const LIMIT = { timeout: 60_000 };

function committed(outcome: CommandOutcome): bigint {
  assert.ok(outcome.kind === "committed", inspect(outcome));
  return outcome.zxid;
}

async function readOn(cluster: TestCluster, id: string, room: string): Promise<GetGameResponse> {
  const query = { room, consistency: Consistency.LINEARIZABLE };
  const outcome = await cluster.client(id).getGame(query);
  assert.ok(outcome.kind === "ok", inspect(outcome));
  return outcome.value;
}

/** Write 50, then guess 45, 55 and 60, each on another node. */
async function playRound(cluster: TestCluster, room: string): Promise<void> {
  committed(await cluster.client("node1").setTarget({ room, player: "dan", value: 50 }));
  for (const [node, player, value] of [
    ["node2", "alice", 45],
    ["node3", "bob", 55],
    ["node4", "carol", 60],
  ] as const) {
    committed(await cluster.client(node).submitGuess({ room, player, value }));
  }
}

test("the closest and earliest guess wins, and all nodes agree", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 5 });
  await playRound(cluster, "lobby");
  const next = { room: "lobby", player: "erin", value: 75 };
  const zxid = committed(await cluster.client("node5").setTarget(next));
  for (const { id } of cluster.nodes) {
    const game = await readOn(cluster, id, "lobby");
    assert.ok(game.zxid >= zxid, `${id} answered from before the last write`);
    const { room } = game;
    assert.ok(room !== undefined);
    assert.deepEqual([room.round, room.open, room.target, room.by], [2, true, 75, "erin"], id);
    assert.deepEqual(room.guesses, [], id);
    const rounds = room.rounds.map(({ $typeName: _, ...round }) => round);
    // 45 and 55 are equally close; 45 came first.
    const round = { round: 1, target: 50, winner: "alice", guess: 45, distance: 5, zxid };
    assert.deepEqual(rounds, [round], id);
    assert.deepEqual(
      room.scores.map(({ player, won }) => [player, won]),
      [["alice", 1]],
      id,
    );
  }
  // The round ends and the next begins in one transaction: nobody ever saw a room in between.
  const events = await cluster.client("node2").listEvents({
    room: "lobby",
    afterZxid: zxid - 1n,
    limit: 10,
  });
  assert.ok(events.kind === "ok");
  const kinds = events.value.transactions.flatMap((one) => one.events.map(({ kind }) => kind.case));
  assert.deepEqual(kinds, ["roundClosed", "targetSet"]);
  await verifyLogs(cluster);
});

test("between two rounds the closest guess is the target", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, overrides: { clusterId: "between" } });
  await cluster.settled();
  const client = cluster.client("node3");
  committed(await client.setTarget({ room: "attic", player: "dan", value: 50 }));
  for (const [player, value] of [
    ["alice", 45],
    ["bob", 55],
    ["carol", 60],
  ] as const) {
    committed(await client.submitGuess({ room: "attic", player, value }));
  }
  committed(await cluster.client("node1").closeRound({ room: "attic", player: "dan" }));
  for (const { id } of cluster.nodes) {
    const { room } = await readOn(cluster, id, "attic");
    assert.deepEqual([room?.open, room?.target, room?.by], [false, 45, "alice"], id);
  }
  const late = await client.submitGuess({ room: "attic", player: "bob", value: 44 });
  assert.ok(late.kind === "refused", inspect(late));
  assert.deepEqual([late.code, late.info?.reason], ["failed_precondition", "NO_OPEN_ROUND"]);
});
