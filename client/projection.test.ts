// Proves that what a screen draws from are the rooms that the rules made, wherever in the log its
// snapshot was taken.
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
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import { afterTransactions, emptyProjection, type Projection, projectionOf } from "./projection.js";

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

test("snapshot and transactions make the same rooms, wherever they meet", () => {
  const run = (wishes: readonly Wish[], cutAt: number): void => {
    const rooms = new Map<string, Room>();
    let projection: Projection | undefined;
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
      if (projection === undefined) {
        const messages = [...rooms.values()].map((room) => roomToMessage(room, room.name));
        projection = projectionOf(create(SnapshotSchema, { zxid, rooms: messages }));
      } else {
        projection = afterTransactions(projection, [transaction], zxid);
      }
    });
    if (projection === undefined) return;
    assert.equal(projection.zxid, zxid);
    assert.deepEqual(projection.rooms, rooms);
  };
  fc.assert(fc.property(fc.array(wish, { maxLength: 60 }), fc.nat(60), run));
});

test("a projection is replaced, never changed", () => {
  const target = { type: "TargetSet", room: "lobby", round: 1, value: 5, by: "dan" } as const;
  const transaction = { zxid: 1n, prev: 0n, time: 7, requestId: "", events: [target] };
  const after = afterTransactions(emptyProjection, [transaction], 3n);
  assert.equal(after.rooms.get("lobby")?.target, 5);
  assert.deepEqual([after.zxid, after.time], [3n, 7]);
  assert.equal(emptyProjection.rooms.size, 0);
});

test("the leader is the one that the stream named last", () => {
  const zxid = zxidOf(3, 0);
  const event = { type: "LeaderEstablished", epoch: 3, nodeId: "node1" } as const;
  const marker = { zxid, prev: 0n, time: 1, requestId: "", events: [event] };
  const led = afterTransactions(emptyProjection, [marker], zxid);
  assert.deepEqual(led.leader, { epoch: 3, nodeId: "node1" });
});
