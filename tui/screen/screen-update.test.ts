// Proves what keys and news do to the screen beyond the game itself: lists that stand still under
// the reader, rooms that are chosen by name, what a spectator may, and what the past may not hide.
import assert from "node:assert/strict";
import test from "node:test";
import type { SessionMessage } from "../../client/session-update.js";
import { zxidOf } from "../../game/zxid.js";
import { DEMO_BEGINS_MS, demoMessages, demoStatus, demoStretch } from "./demo-game.testing.js";
import { frameText } from "./frame.js";
import { type Action, type KeyContext, keyFor } from "./keys.js";
import { newScreen, type ScreenModel } from "./screen-model.js";
import type { ScreenEffect } from "./screen-step.js";
import { updateScreen } from "./screen-update.js";
import { view } from "./view.js";

const NOW_MS = DEMO_BEGINS_MS + 20_000;

function rig({ rows = 24, watches = false } = {}) {
  const setting = { suggestedPlayer: "ann", spectator: true, room: "lobby", mouse: false };
  let model: ScreenModel = newScreen({
    ...setting,
    player: watches ? undefined : "ann",
    columns: 80,
    rows,
    theme: "plain",
    nowMs: NOW_MS,
  });
  const effects: ScreenEffect[] = [];
  const take = (step: ReturnType<typeof updateScreen>): void => {
    model = step.model;
    effects.push(...step.effects);
  };
  const press = (name: string): void => {
    const key = { name, text: [...name].length === 1 ? name : "" };
    take(updateScreen(model, { type: "key", key }, NOW_MS));
  };
  const tell = (...messages: readonly SessionMessage[]): void => {
    for (const message of messages) {
      take(updateScreen(model, { type: "session", message }, NOW_MS));
    }
  };
  tell(...demoMessages());
  return {
    effects,
    press,
    tell,
    act(context: KeyContext, ...actions: readonly Action[]): void {
      for (const action of actions) press(keyFor(context, action));
    },
    type(text: string): void {
      for (const letter of text) press(letter);
    },
    text: () => frameText(view(model)),
    model: () => model,
  };
}

/** One more guess in the lobby's round 3. */
function guessed(counter: number): SessionMessage {
  const event = {
    type: "GuessSubmitted",
    room: "lobby",
    round: 3,
    player: "eve",
    value: 9,
  } as const;
  const zxid = zxidOf(2, counter);
  const transaction = { zxid, prev: zxid - 1n, time: NOW_MS, requestId: "", events: [event] };
  return { type: "transactions", transactions: [transaction], seen: zxid };
}

test("a list that was scrolled stands still while it grows; at its top it follows", () => {
  const screen = rig({ rows: 22 });
  screen.act("play", "down");
  const before = /○ (2\.\d+)/.exec(screen.text())?.[1];
  screen.tell(guessed(7), guessed(8));
  assert.equal(/○ (2\.\d+)/.exec(screen.text())?.[1], before);
  screen.act("play", "top");
  assert.match(screen.text(), /○ 2\.8 +eve/);
});

test("a room is entered by its exact name, and a new one may contain another's", () => {
  const screen = rig();
  screen.act("play", "rooms");
  screen.type("lobb");
  assert.match(screen.text(), /▶ lobby[\s\S]* {2}lobb +a new room/);
  screen.act("rooms", "down", "submit");
  assert.equal(screen.model().session.room, "lobb");
  screen.act("play", "rooms");
  screen.type("attic");
  screen.act("rooms", "submit");
  assert.equal(screen.model().session.room, "attic");
});

test("a spectator is offered a name and nothing to play with", () => {
  const screen = rig({ watches: true });
  const footer = screen.text().split("\n").at(-1) ?? "";
  assert.match(footer, /n name/);
  assert.doesNotMatch(footer, /guess|write|close/);
  screen.act("play", "write");
  screen.press("5");
  assert.match(screen.text(), /you only watch; n takes a name/);
});

test("a name is typed anew, or taken as it is suggested", () => {
  const typed = rig({ watches: true });
  typed.act("play", "player");
  typed.type("alice");
  typed.act("line", "submit");
  assert.equal(typed.model().session.player, "alice");
  assert.deepEqual(typed.effects.at(-1), { type: "rememberPlayer", player: "alice" });
  const taken = rig({ watches: true });
  taken.act("play", "player");
  taken.act("line", "submit");
  assert.equal(taken.model().session.player, "ann");
});

test("the past does not hide that the server is lost or that nobody leads", () => {
  const screen = rig();
  screen.act("play", "travel");
  screen.tell({ type: "pastRead", readId: 1, stretch: demoStretch() });
  assert.doesNotMatch(screen.text(), /now:/);
  screen.tell({ type: "status", status: demoStatus("node3", "") });
  assert.match(screen.text(), /now: ◌ electing/);
  const change = { state: "lost", server: "http://a", words: "Lost." } as const;
  screen.tell({ type: "connection", change });
  assert.match(screen.text(), /THIS IS THE PAST[\s\S]*now: ✕ reconnecting/);
});

test("in the past the list of events is the way that one walks", () => {
  const screen = rig();
  screen.act("play", "travel", "nextPane", "nextPane");
  screen.tell({ type: "pastRead", readId: 1, stretch: demoStretch() });
  assert.match(screen.text(), /13 of 13/);
  screen.act("past", "down");
  assert.match(screen.text(), /12 of 13/);
  screen.act("past", "up");
  assert.match(screen.text(), /13 of 13/);
  assert.equal(screen.model().scroll.events, 0);
});

test("Esc takes back what was said, and a command that waits says for what", () => {
  const screen = rig();
  screen.act("play", "command");
  screen.type("fly");
  screen.act("line", "submit");
  assert.match(screen.text(), /there is no command/);
  screen.act("line", "cancel");
  assert.doesNotMatch(screen.text(), /there is no command/);
  const wish = { type: "wish", wish: { kind: "guess", value: 7 }, requestId: "id" } as const;
  screen.tell(wish, { type: "status", status: demoStatus("node3", "") });
  assert.match(screen.text(), /your guess 7 waits for a leader/);
  const outcome = {
    kind: "committed",
    zxid: 1n << 40n,
    round: 3,
    server: "",
    attempts: 1,
  } as const;
  screen.tell({ type: "outcome", requestId: "id", outcome });
  assert.match(screen.text(), /your guess 7 is committed .*; it has yet to come/);
});

test("killing a node that is down is said to change nothing", () => {
  const screen = rig();
  screen.act("play", "breakThings");
  screen.act("breaking", "down");
  assert.match(screen.text(), /▶ ✕ node5/);
  screen.act("breaking", "kill");
  assert.match(screen.text(), /It is down/);
});
