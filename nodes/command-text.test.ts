// Proves that a command survives the way from a follower to the leader, and that no text, however
// poisoned, becomes anything but a well-formed command: whatever it becomes is decided and logged.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { checkCommand } from "../game/check-command.js";
import { anyCommand } from "../game/table.testing.js";
import { commandFromText, commandToText } from "./command-text.js";

const GUESS = { type: "SubmitGuess", room: "lobby", player: "alice", value: 42, requestId: "r1" };

test("a command comes back as it was", () => {
  fc.assert(
    fc.property(anyCommand, (command) => {
      const named = { ...command, requestId: command.requestId || "r0" };
      assert.deepEqual(commandFromText(commandToText(named), named.requestId), named);
    }),
  );
});

test("the request id is the message's, never the text's", () => {
  const command = commandFromText(JSON.stringify({ ...GUESS, requestId: "forged" }), "r1");
  assert.equal(command?.requestId, "r1");
});

const POISON: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["a number", "7"],
  ["no type", JSON.stringify({ ...GUESS, type: undefined })],
  ["an unknown type", JSON.stringify({ ...GUESS, type: "DropTables" })],
  ["a type from the prototype", JSON.stringify({ ...GUESS, type: "constructor" })],
  ["a value that is text", JSON.stringify({ ...GUESS, value: "42" })],
  ["a fraction", JSON.stringify({ ...GUESS, value: 4.2 })],
  ["a value out of range", JSON.stringify({ ...GUESS, value: 101 })],
  ["a value beyond numbers", JSON.stringify(GUESS).replace("42", "1e999")],
  ["no value", JSON.stringify({ ...GUESS, value: undefined })],
  ["no player", JSON.stringify({ ...GUESS, player: undefined })],
  ["a player of objects", JSON.stringify({ ...GUESS, player: { length: 1 } })],
  ["a player with a line end", JSON.stringify({ ...GUESS, player: "a\nb" })],
  ["a room that is too long", JSON.stringify({ ...GUESS, room: "r".repeat(25) })],
];

for (const [what, text] of POISON) {
  test(`${what} is no command`, () => assert.equal(commandFromText(text, "r1"), undefined));
}

test("without a request id, or with one that is too long, there is no command", () => {
  assert.equal(commandFromText(JSON.stringify(GUESS), ""), undefined);
  assert.equal(commandFromText(JSON.stringify(GUESS), "r".repeat(65)), undefined);
});

test("a prototype in the text changes nothing", () => {
  const text = JSON.stringify(GUESS).replace("{", '{"__proto__":{"value":1},');
  assert.deepEqual(commandFromText(text, "r1"), GUESS);
});

test("whatever the text, the result is undefined or passes the rules of a command", () => {
  const fields = fc.record(
    {
      type: fc.oneof(fc.constantFrom("SetTarget", "SubmitGuess", "CloseRound"), fc.string()),
      room: fc.oneof(fc.constant("lobby"), fc.string({ unit: "binary" }), fc.jsonValue()),
      player: fc.oneof(fc.constant("eve"), fc.string({ unit: "binary" }), fc.jsonValue()),
      value: fc.oneof(fc.nat({ max: 100 }), fc.double(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fields.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, fc.string(), (text, requestId) => {
      const command = commandFromText(text, requestId);
      if (command === undefined) return;
      assert.deepEqual(checkCommand(command), { ok: true, command });
    }),
    { numRuns: 2000 },
  );
});
