// Proves that a client which folds on from a Snapshot sees what the nodes see, and the words for
// it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { GuessSchema, RoomSchema, RoomSummarySchema } from "../gen/zabble/v1/game_pb.js";
import type { GameEvent } from "./event.js";
import { evolve } from "./evolve.js";
import { guessSubmitted, roomAfter, roundClosed, targetSet } from "./given-when-then.testing.js";
import { InvariantError } from "./invariant-error.js";
import { anyCommand, createTable } from "./table.testing.js";
import { eventInWords, roomFromMessage, roomSummary, roomToMessage } from "./view.js";

test("an open room as a message", () => {
  const room = roomAfter([
    targetSet(1, 45),
    guessSubmitted(1, "bob", 46),
    roundClosed(1, "bob", 46, 1),
    targetSet(2, 10),
    guessSubmitted(2, "eve", 9),
    guessSubmitted(2, "bob", 12),
  ]);
  const eve = create(GuessSchema, { zxid: 5n, player: "eve", value: 9, distance: 1, time: 5n });
  const bob = create(GuessSchema, { zxid: 6n, player: "bob", value: 12, distance: 2, time: 6n });
  const expected = create(RoomSchema, {
    name: "lobby",
    round: 2,
    open: true,
    target: 10,
    by: "dan",
    since: 4n,
    guesses: [eve, bob],
    guessCount: 2,
    rounds: [{ round: 1, target: 45, winner: "bob", guess: 46, distance: 1, zxid: 3n }],
    scores: [{ player: "bob", won: 1 }],
    closest: eve,
  });
  assert.deepEqual(roomToMessage(room, "lobby"), expected);
});

test("a room that does not exist is an empty message with round 0, and no room again", () => {
  const message = roomToMessage(undefined, "attic");
  assert.deepEqual(message, create(RoomSchema, { name: "attic" }));
  assert.equal(roomFromMessage(message), undefined);
});

test("scores come most won first, then by name", () => {
  const room = roomAfter([targetSet(1, 45)]);
  assert.ok(room !== undefined);
  const scores = new Map([
    ["eve", 1],
    ["bob", 4],
    ["alice", 1],
  ]);
  const message = roomToMessage({ ...room, scores }, "lobby");
  assert.deepEqual(
    message.scores.map(({ player, won }) => `${player} ${won}`),
    ["bob 4", "alice 1", "eve 1"],
  );
});

test("a summary counts every guess of the open round, and none of a closed one", () => {
  const guesses = Array.from({ length: 205 }, () => guessSubmitted(1, "bob", 46));
  const open = [targetSet(1, 45), ...guesses];
  const closed = [...open, roundClosed(1, "bob", 46, 1)];
  const summary = (events: GameEvent[]) => {
    const room = roomAfter(events);
    return room === undefined ? undefined : roomSummary(room);
  };
  const shared = { name: "lobby", round: 1 };
  assert.deepEqual(
    summary(open),
    create(RoomSummarySchema, { ...shared, open: true, target: 45, guesses: 205 }),
  );
  assert.deepEqual(summary(closed), create(RoomSummarySchema, { ...shared, target: 46 }));
});

test("a client that begins with any Snapshot and folds on sees what the nodes see", () => {
  const commands = fc.array(anyCommand, { maxLength: 60 });
  fc.assert(
    fc.property(commands, commands, (before, after) => {
      const table = createTable();
      for (const command of before) table.submit(command);
      table.apply();
      const seen = new Map(
        [...table.game.rooms].map(([name, room]) => {
          const bytes = toBinary(RoomSchema, roomToMessage(room, name));
          return [name, roomFromMessage(fromBinary(RoomSchema, bytes))];
        }),
      );
      const start = table.log.length;
      for (const command of after) table.submit(command);
      table.apply();
      for (const transaction of table.log.slice(start)) {
        for (const event of transaction.events) {
          if (event.type === "LeaderEstablished") continue;
          seen.set(event.room, evolve(seen.get(event.room), event, transaction));
        }
      }
      assert.deepEqual(seen, table.game.rooms);
    }),
  );
});

test("a message whose guesses have no closest one is refused", () => {
  const message = create(RoomSchema, { name: "lobby", round: 1, open: true, guesses: [{}] });
  assert.throws(() => roomFromMessage(message), InvariantError);
});

test("every event has words", () => {
  const leader: GameEvent = { type: "LeaderEstablished", epoch: 3, nodeId: "node1" };
  assert.equal(eventInWords(leader), "node1 leads epoch 3");
  assert.equal(eventInWords(targetSet(7, 45)), "dan set the target of round 7 to 45");
  assert.equal(eventInWords(guessSubmitted(7, "alice", 52)), "alice guessed 52");
  assert.equal(eventInWords(roundClosed(6, "bob", 48, 2)), "round 6 went to bob (48, off by 2)");
  assert.equal(eventInWords(roundClosed(5, "eve", 12, 0)), "round 5 went to eve (12, exact)");
});
