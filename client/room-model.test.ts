/**
 * Proves that the model a screen draws from is the room that the rules made, wherever in the log
 * its snapshot was taken.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { decide } from "../game/decide.js";
import { evolve } from "../game/evolve.js";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { roomToMessage } from "../game/view.js";
import { zxidOf } from "../game/zxid.js";
import { NodeStatusSchema, Phase } from "../gen/zabble/v1/cluster_pb.js";
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import { afterSnapshot, afterStatus, afterTransactions, emptyRoomModel } from "./room-model.js";

interface Wish {
  readonly type: "SetTarget" | "SubmitGuess" | "CloseRound";
  readonly room: "lobby" | "attic";
  readonly value: number;
}

const wish = fc.record<Wish>({
  type: fc.constantFrom("SetTarget", "SubmitGuess", "SubmitGuess", "CloseRound"),
  room: fc.constantFrom("lobby", "attic"),
  value: fc.integer({ min: 0, max: 100 }),
});

test("snapshot and transactions make the same room, wherever they meet", () => {
  const run = (wishes: readonly Wish[], cutAt: number): void => {
    const rooms = new Map<string, Room>();
    let model = emptyRoomModel("lobby");
    let zxid = 0n;
    wishes.forEach((each, index) => {
      const command = { ...each, player: `p${index % 3}`, requestId: "" };
      const decision = decide(command, rooms.get(each.room));
      if (!decision.ok) return;
      const prev = zxid;
      zxid = zxidOf(1, index + 1);
      const { events } = decision;
      const transaction: Transaction = { zxid, prev, time: index, requestId: "", events };
      for (const event of events)
        rooms.set(each.room, evolve(rooms.get(each.room), event, transaction) ?? assert.fail());
      if (index < cutAt) return;
      if (model.zxid === 0n) {
        const message = [...rooms.values()].map((room) => roomToMessage(room, room.name));
        model = afterSnapshot(model, create(SnapshotSchema, { zxid, rooms: message }));
      } else {
        model = afterTransactions(model, [transaction], zxid);
      }
    });
    if (model.zxid === 0n) return;
    assert.equal(model.zxid, zxid);
    assert.deepEqual(model.room, rooms.get("lobby"));
  };
  fc.assert(fc.property(fc.array(wish, { maxLength: 60 }), fc.nat(60), run));
});

test("a snapshot without the room replaces it by nothing", () => {
  const guess = { type: "TargetSet", room: "lobby", round: 1, value: 5, by: "dan" } as const;
  const transaction = { zxid: 1n, prev: 0n, time: 1, requestId: "", events: [guess] };
  const model = afterTransactions(emptyRoomModel("lobby"), [transaction], 1n);
  assert.equal(model.room?.target, 5);
  assert.equal(afterSnapshot(model, create(SnapshotSchema, { zxid: 2n })).room, undefined);
});

test("the leader follows the log and the node's word, and is nobody during an election", () => {
  const event = { type: "LeaderEstablished", epoch: 3, nodeId: "node1" } as const;
  const zxid = zxidOf(3, 0);
  const marker = { zxid, prev: 0n, time: 1, requestId: "", events: [event] };
  const led = afterTransactions(emptyRoomModel("lobby"), [marker], zxid);
  assert.deepEqual(led.leader, { epoch: 3, nodeId: "node1" });
  const word = (leaderId: string, phase: Phase, epoch: number) =>
    create(NodeStatusSchema, { nodeId: "node2", leaderId, phase, epoch });
  const electing = afterStatus(led, word("", Phase.ELECTION, 3));
  assert.equal(electing.leader, undefined);
  const syncing = afterStatus(electing, word("node4", Phase.SYNCHRONIZATION, 3));
  assert.equal(syncing.leader, undefined, "the epoch of node4 is not known yet");
  const following = afterStatus(syncing, word("node4", Phase.BROADCAST, 4));
  assert.deepEqual(following.leader, { epoch: 4, nodeId: "node4" });
});
