// Proves what each typed command means, what is said about a wrong one, and what Tab offers.
import assert from "node:assert/strict";
import test from "node:test";
import { zxidOf } from "../../game/zxid.js";
import { complete, type Known, readTyped, type Typed } from "./typed-command.js";

const KNOWN: Known = { nodes: ["node1", "node2"], rooms: ["attic", "lobby"] };

const RIGHT: readonly (readonly [string, Typed])[] = [
  ["guess 52", { kind: "guess", value: 52 }],
  ["52", { kind: "guess", value: 52 }],
  ["  write   0 ", { kind: "write", value: 0 }],
  ["close", { kind: "action", action: "closeRound" }],
  ["room attic", { kind: "room", name: "attic" }],
  ["player Zoë de Wit", { kind: "player", name: "Zoë de Wit" }],
  ["goto 3.1842", { kind: "goTo", zxid: zxidOf(3, 1842) }],
  ["kill node2", { kind: "break", wish: { action: "kill", nodeId: "node2" } }],
  ["cut node1 node2", { kind: "break", wish: { action: "cut", nodeId: "node1", peerId: "node2" } }],
  ["heal", { kind: "break", wish: { action: "heal", nodeId: "" } }],
  ["quit", { kind: "action", action: "quit" }],
];

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["guess 101", /a guess is a whole number from 0 to 100, not "101"/],
  ["write -1", /a target is a whole number from 0 to 100, not "-1"/],
  ["guess 2.5", /not "2\.5"/],
  ["guess", /not nothing/],
  ["room a/b", /a room's name is 1 to 24 of the letters/],
  ["room", /a room's name is/],
  ["player", /a player's name is/],
  ["goto yesterday", /epoch\.counter, such as 3\.1842/],
  ["kill node9", /kill takes a node: node1, node2/],
  ["cut node1 node1", /two different nodes of node1, node2/],
  ["guess 5 6", /guess takes N, not "5 6"/],
  ["close now", /close takes nothing, not "now"/],
  ["kill node1 node2", /kill takes NODE/],
  ["fly", /there is no command "fly"/],
];

for (const [text, typed] of RIGHT) {
  test(`":${text}" is understood`, () => {
    assert.deepEqual(readTyped(text, KNOWN), { ok: true, typed });
  });
}

for (const [text, problem] of WRONG) {
  test(`":${text}" is refused with what is allowed`, () => {
    const result = readTyped(text, KNOWN);
    assert.ok(!result.ok);
    assert.match(result.problem, problem);
  });
}

test("Tab completes names of commands, nodes and rooms as far as they agree", () => {
  assert.deepEqual(complete("wr", KNOWN), { text: "write ", candidates: ["write"] });
  assert.equal(complete("ro", KNOWN).text, "room");
  assert.deepEqual(complete("room", KNOWN).candidates, ["room", "rooms"]);
  assert.equal(complete("kill ", KNOWN).text, "kill node");
  assert.deepEqual(complete("cut node1 n", KNOWN).candidates, ["node1", "node2"]);
  assert.equal(complete("room a", KNOWN).text, "room attic ");
  assert.deepEqual(complete("guess 5", KNOWN).candidates, []);
  assert.deepEqual(complete("fly me", KNOWN), { text: "fly me", candidates: [] });
});
