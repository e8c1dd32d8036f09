// Proves what the page does with its visitor's choices: dialogs, rooms, names, themes, nodes; and
// that what is asked of the world goes out once.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { NodeStatusSchema, Phase } from "../gen/zabble/v1/cluster_pb.js";
import { newPage } from "./page-model.js";
import { AT_MS, joinedPage, step, told } from "./page-session.testing.js";
import { type PageMessage, updatePage } from "./page-update.js";
import { standingInWords } from "./standing.js";

const LED = create(NodeStatusSchema, { leaderId: "node1", phase: Phase.BROADCAST });

function effectsOf(message: PageMessage) {
  return updatePage(joinedPage(), message, AT_MS).effects;
}

test("whoever has no name yet is asked for one, and asked no more", () => {
  const page = newPage({ player: undefined, room: "lobby", theme: "auto", nowMs: AT_MS });
  assert.equal(page.dialog, "player");
  const watching = told(page, { type: "player", player: undefined });
  assert.equal(watching.dialog, undefined);
  assert.equal(watching.session.player, undefined);
});

test("a chosen room is entered and put into the address; one that the address named is not", () => {
  const open = step(joinedPage(), { type: "open", dialog: "rooms" });
  const there = step(open, { type: "enterRoom", room: "attic" });
  assert.deepEqual([there.session.room, there.dialog], ["attic", undefined]);
  assert.deepEqual(effectsOf({ type: "enterRoom", room: "attic" }), [
    { type: "showRoom", room: "attic" },
  ]);
  const named = { type: "session", message: { type: "enterRoom", room: "attic" } } as const;
  assert.deepEqual(effectsOf(named), []);
  assert.equal(step(joinedPage(), named).session.room, "attic");
});

test("the room one is in already is entered by closing the dialog alone", () => {
  const open = step(joinedPage(), { type: "open", dialog: "rooms" });
  assert.equal(step(open, { type: "enterRoom", room: "lobby" }).dialog, undefined);
  assert.deepEqual(effectsOf({ type: "enterRoom", room: "lobby" }), []);
});

test("a page that let go of its streams is not live before a server speaks, and no news", () => {
  const change = (state: "connecting" | "live" | "lost") =>
    ({ type: "connection", change: { state, server: "s", words: "" } }) as const;
  const live = told(told(joinedPage(), change("live")), { type: "status", status: LED });
  assert.match(standingInWords(live).words, /^live/);
  const asleep = step(live, { type: "asleep" });
  const waking = told(asleep, change("connecting"));
  for (const page of [asleep, waking]) assert.match(standingInWords(page).words, /^asleep/);
  const back = told(told(waking, change("live")), { type: "status", status: LED });
  assert.match(standingInWords(back).words, /^live/);
  assert.equal(back.session.message, undefined);
  assert.match(standingInWords(told(waking, change("lost"))).words, /^reconnecting/);
});

test("a name is remembered, a theme is shown, a wish to break something is carried out", () => {
  assert.deepEqual(effectsOf({ type: "session", message: { type: "player", player: "eve" } }), [
    { type: "rememberPlayer", player: "eve" },
  ]);
  assert.deepEqual(effectsOf({ type: "theme", theme: "dark" }), [
    { type: "showTheme", theme: "dark" },
  ]);
  const wish = { action: "kill", nodeId: "node2" } as const;
  assert.deepEqual(effectsOf({ type: "breakCluster", wish }), [{ type: "breakCluster", wish }]);
});

test("what the session asks for is passed on", () => {
  const wish = { kind: "guess", value: 3 } as const;
  const message = { type: "wish", wish, requestId: "r1" } as const;
  const [effect, ...others] = effectsOf({ type: "session", message });
  assert.ok(effect?.type === "forSession" && effect.effect.type === "send");
  assert.equal(effect.effect.command.requestId, "r1");
  assert.deepEqual(others, []);
});

test("one node's card is open at a time", () => {
  const chosen = step(joinedPage(), { type: "chooseNode", nodeId: "node2" });
  assert.equal(chosen.chosenNode, "node2");
  assert.equal(step(chosen, { type: "chooseNode", nodeId: undefined }).chosenNode, undefined);
});
