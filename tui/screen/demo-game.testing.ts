/**
 * A small game as the screen would meet it: transactions with their zxids, statuses, a cluster. For
 * tests that draw screens; everything happens at fixed times.
 */
import { create } from "@bufbuild/protobuf";
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import type { PastStretch } from "../../client/past-reader.js";
import { afterTransactions, emptyProjection } from "../../client/projection.js";
import type { SessionMessage } from "../../client/session-update.js";
import type { GameEvent } from "../../game/event.js";
import type { Transaction } from "../../game/transaction.js";
import { counterOf, zxidOf } from "../../game/zxid.js";
import { type NodeStatus, NodeStatusSchema, Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { SnapshotSchema } from "../../gen/zabble/v1/game_pb.js";

/** When the demo's first transaction was decided; each later one 1 s after the one before. */
export const DEMO_BEGINS_MS = 1_700_000_000_000;

const leads = (epoch: number, nodeId: string): GameEvent => ({
  type: "LeaderEstablished",
  epoch,
  nodeId,
});
const target = (round: number, value: number, by: string, room = "lobby"): GameEvent => ({
  type: "TargetSet",
  room,
  round,
  value,
  by,
});
const guess = (round: number, player: string, value: number): GameEvent => ({
  type: "GuessSubmitted",
  room: "lobby",
  round,
  player,
  value,
});
const closed = (round: number, winner: string, value: number, distance: number): GameEvent => ({
  type: "RoundClosed",
  room: "lobby",
  round,
  winner,
  guess: value,
  distance,
});

/** Epoch by epoch, each transaction's events. */
const EPOCHS: readonly (readonly (readonly GameEvent[])[])[] = [
  [
    [leads(1, "node5")],
    [target(1, 50, "ann")],
    [guess(1, "bob", 45)],
    [guess(1, "ann", 12)],
    [guess(1, "eve", 60)],
    [closed(1, "bob", 45, 5), target(2, 12, "eve")],
    [guess(2, "ann", 12)],
  ],
  [
    [leads(2, "node4")],
    [closed(2, "ann", 12, 0), target(3, 45, "dan")],
    [guess(3, "dan", 10)],
    [guess(3, "bob", 46)],
    [target(1, 77, "zoe", "attic")],
    [guess(3, "小明", 61)],
    [guess(3, "ann", 52)],
  ],
];

export const demoTransactions: readonly Transaction[] = demo();

function demo(): Transaction[] {
  const all: Transaction[] = [];
  for (const [index, entries] of EPOCHS.entries()) {
    for (const [counter, events] of entries.entries()) {
      const prev = all.at(-1)?.zxid ?? 0n;
      const time = DEMO_BEGINS_MS + all.length * 1000;
      const zxid = zxidOf(index + 1, counter);
      all.push({ zxid, prev, time, requestId: `demo-${all.length}`, events });
    }
  }
  return all;
}

/** The messages of a screen that has seen the first `count` transactions live. */
export function demoMessages(count = demoTransactions.length): SessionMessage[] {
  const transactions = demoTransactions.slice(0, count);
  const seen = transactions.at(-1)?.zxid ?? 0n;
  const server = "http://127.0.0.1:7103";
  return [
    { type: "connection", change: { state: "live", server, words: `Connected to ${server}.` } },
    { type: "snapshot", snapshot: create(SnapshotSchema, { zxid: 0n }) },
    { type: "status", status: demoStatus("node3", "node4") },
    { type: "cluster", cluster: demoCluster(seen) },
    { type: "transactions", transactions, seen },
  ];
}

/** A node in touch with its leader; without one it looks for it. */
export function demoStatus(nodeId: string, leaderId: string): NodeStatus {
  return create(NodeStatusSchema, {
    nodeId,
    leaderId,
    role: leaderId === "" ? Role.LOOKING : leaderId === nodeId ? Role.LEADING : Role.FOLLOWING,
    phase: leaderId === "" ? Phase.ELECTION : Phase.BROADCAST,
    epoch: 2,
    acceptedEpoch: leaderId === "" ? 3 : 2,
    admin: true,
  });
}

/** Five nodes; node4 leads, node2 synchronizes, node5 is down. */
export function demoCluster(commitZxid: bigint): ClusterModel {
  const nowMs = DEMO_BEGINS_MS + 20_000;
  const up = (index: number, status: NodeStatus, lag: number): NodeView => ({
    nodeId: `node${index}`,
    address: `127.0.0.1:${7100 + index}`,
    state: "up",
    status: {
      ...status,
      commitZxid: counterOf(commitZxid) < lag ? commitZxid : commitZxid - BigInt(lag),
    },
    downSinceMs: undefined,
    lag,
    rates: [0, 1, 3, 2, 5, 8, 7, 4, 2, 6],
  });
  const syncing = { ...demoStatus("node2", "node4"), phase: Phase.SYNCHRONIZATION };
  return {
    nodes: [
      up(1, demoStatus("node1", "node4"), 0),
      up(2, syncing, 4),
      up(3, demoStatus("node3", "node4"), 0),
      up(4, demoStatus("node4", "node4"), 0),
      {
        ...up(5, demoStatus("node5", "node5"), 6),
        state: "down",
        downSinceMs: nowMs - 8000,
        lag: undefined,
        rates: [0, 1, 3],
      },
    ],
    quorum: 3,
    leader: { nodeId: "node4", epoch: 2, sinceMs: nowMs - 125_000 },
    seenFrom: "http://127.0.0.1:7103",
    admin: true,
    polledAtMs: nowMs,
  };
}

/** The demo's lobby as a reader of the whole log would hand it out. */
export function demoStretch(): PastStretch {
  const transactions = demoTransactions.filter(({ events }) =>
    events.every((event) => !("room" in event) || event.room === "lobby"),
  );
  return {
    room: "lobby",
    before: afterTransactions(emptyProjection, [], 0n),
    transactions,
    firstOrdinal: 1,
    total: transactions.length,
    reachesEnd: true,
    keptFrom: undefined,
  };
}
