// Proves that many are served a few a turn, in the order in which they came, and that a few are
// served at once.
import assert from "node:assert/strict";
import test from "node:test";
import { createTurns } from "./turns.js";

const nextTurn = () => new Promise(setImmediate);

test("a turn serves as many as it has room for, the others wait in order", async () => {
  const turns = createTurns(3);
  const served: number[] = [];
  for (let one = 1; one <= 8; one++) turns.take(() => served.push(one));
  assert.deepEqual(served, [1, 2, 3]);
  await nextTurn();
  assert.deepEqual(served, [1, 2, 3, 4, 5, 6]);
  turns.take(() => served.push(9));
  await nextTurn();
  assert.deepEqual(served, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await nextTurn();
  await nextTurn();
  turns.take(() => served.push(10));
  assert.equal(served.at(-1), 10);
});

test("who takes a turn from within a turn waits behind those who came before", async () => {
  const turns = createTurns(1);
  const served: string[] = [];
  turns.take(() => served.push("a"));
  turns.take(() => {
    served.push("b");
    turns.take(() => served.push("d"));
  });
  turns.take(() => served.push("c"));
  for (let turn = 0; turn < 4; turn++) await nextTurn();
  assert.deepEqual(served, ["a", "b", "c", "d"]);
});
