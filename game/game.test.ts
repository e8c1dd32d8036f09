// Proves that the replicated state follows the log exactly: in order, once, and the same
// everywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyTransaction, createGame, outcomeRound } from "./game.js";
import {
  guessSubmitted,
  roundClosed,
  setTarget,
  submitGuess,
  targetSet,
} from "./given-when-then.testing.js";
import { InvariantError } from "./invariant-error.js";
import { GUESSES_MAX, ROUNDS_MAX } from "./limits.js";
import { anyCommand, createTable } from "./table.testing.js";
import { decodeTransaction, encodeTransaction, type Transaction } from "./transaction.js";
import { zxidOf } from "./zxid.js";

const marker: Transaction = {
  zxid: zxidOf(3, 0),
  prev: 0n,
  time: 1000,
  requestId: "",
  events: [{ type: "LeaderEstablished", epoch: 3, nodeId: "node2" }],
};
const opened: Transaction = {
  zxid: zxidOf(3, 1),
  prev: marker.zxid,
  time: 1000,
  requestId: "r1",
  events: [targetSet(1, 45)],
};

test("applying moves zxid, time, leader, rooms and requests on", () => {
  const game = createGame();
  applyTransaction(game, marker);
  applyTransaction(game, opened);
  assert.equal(game.zxid, opened.zxid);
  assert.equal(game.time, 1000);
  assert.deepEqual(game.leader, { epoch: 3, nodeId: "node2" });
  assert.equal(game.rooms.get("lobby")?.target, 45);
  assert.deepEqual(game.requests.find("r1"), { zxid: opened.zxid, round: 1 });
  assert.equal(game.requests.find(""), undefined);
});

test("what is not the very next transaction throws", () => {
  const next = {
    ...opened,
    zxid: zxidOf(3, 2),
    prev: opened.zxid,
    requestId: "",
    events: [targetSet(2, 1)],
  };
  const wrong: Record<string, Transaction> = {
    "a repeat": { ...next, zxid: opened.zxid, prev: marker.zxid },
    "a gap": { ...next, prev: zxidOf(3, 5), zxid: zxidOf(3, 6) },
    "a fork": { ...next, prev: marker.zxid },
    "a zxid that does not rise": { ...next, zxid: opened.zxid },
    "time that goes back": { ...next, time: 999 },
    "a request again": { ...next, requestId: "r1" },
    "an event that cannot follow": { ...next, events: [targetSet(3, 1)] },
    "a leader in the middle of an epoch": { ...next, events: marker.events },
    "a leader of another epoch": { ...next, zxid: zxidOf(4, 0), events: marker.events },
    "a leader in company": {
      ...next,
      zxid: zxidOf(4, 0),
      events: [{ type: "LeaderEstablished", epoch: 4, nodeId: "node1" }, targetSet(2, 1)],
    },
  };
  const right = createGame();
  for (const transaction of [marker, opened, next]) applyTransaction(right, transaction);
  for (const [what, transaction] of Object.entries(wrong)) {
    const game = createGame();
    applyTransaction(game, marker);
    applyTransaction(game, opened);
    assert.throws(() => applyTransaction(game, transaction), InvariantError, what);
  }
});

test("a game that nobody created cannot be played", () => {
  const copy = { ...createGame() };
  assert.throws(() => applyTransaction(copy, marker), InvariantError);
});

test("a reply names the round opened, guessed in or closed", () => {
  assert.equal(outcomeRound([roundClosed(6, "bob", 1, 1), targetSet(7, 1)]), 7);
  assert.equal(outcomeRound([targetSet(1, 1)]), 1);
  assert.equal(outcomeRound([guessSubmitted(4, "bob", 1)]), 4);
  assert.equal(outcomeRound([roundClosed(6, "bob", 1, 1)]), 6);
  assert.equal(outcomeRound(marker.events), 0);
});

test("a room keeps what a reader holds of it as it was", () => {
  const table = createTable();
  table.submit(setTarget("dan", 45));
  table.apply();
  const held = table.game.rooms.get("lobby");
  const copy = structuredClone(held);
  table.submit(submitGuess("bob", 46));
  table.submit(setTarget("dan", 1));
  table.apply();
  assert.deepEqual(held, copy);
});

test("whatever is played, the log alone gives the same state, and the state is bounded", () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 300 }), (commands) => {
      const table = createTable(createGame(8));
      for (const command of commands) table.submit(command);
      table.apply();
      const replica = createGame(8);
      for (const transaction of table.log) {
        applyTransaction(replica, decodeTransaction(encodeTransaction(transaction)));
      }
      assert.deepEqual(replica.rooms, table.game.rooms);
      assert.equal(replica.zxid, table.game.zxid);
      assert.equal(replica.time, table.game.time);
      for (let id = 0; id <= 40; id += 1) {
        const requestId = String(id);
        const found = replica.requests.find(requestId);
        assert.deepEqual(found, table.game.requests.find(requestId));
      }
      for (const room of replica.rooms.values()) {
        assert.ok(room.rounds.length <= ROUNDS_MAX);
        if (room.status === "open") assert.ok(room.guesses.length <= GUESSES_MAX);
      }
    }),
  );
});
