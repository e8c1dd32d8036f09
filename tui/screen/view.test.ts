// Draws the screens that players meet and compares them, as plain text, with what a person looked
// at and found good: tui/screen/testdata/*.txt. With REWRITE=1 the files are written anew, to be
// read as a diff. What is gone without colour would be missing in them.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { SessionMessage } from "../../client/session-update.js";
import { DEMO_BEGINS_MS, demoMessages, demoStatus, demoStretch } from "./demo-game.testing.js";
import { frameText } from "./frame.js";
import { type Action, actionOf, type KeyContext, keyFor } from "./keys.js";
import { newScreen, type ScreenModel } from "./screen-model.js";
import { type ScreenMessage, updateScreen } from "./screen-update.js";
import { view } from "./view.js";

const NOW_MS = DEMO_BEGINS_MS + 20_000;

interface Start {
  readonly columns?: number;
  readonly rows?: number;
  readonly player?: string | undefined;
}

function screen({ columns = 80, rows = 24, ...rest }: Start = {}): ScreenModel {
  const player = "player" in rest ? rest.player : "ann";
  const spectator = false;
  const setting = { player, suggestedPlayer: "ann", spectator, room: "lobby", mouse: false };
  return newScreen({ ...setting, columns, rows, theme: "plain", nowMs: NOW_MS });
}

/** The model after these messages, effects left aside, at a fixed time. */
function after(model: ScreenModel, ...messages: readonly ScreenMessage[]): ScreenModel {
  return messages.reduce((now, message) => updateScreen(now, message, NOW_MS).model, model);
}

function told(...messages: readonly SessionMessage[]): ScreenMessage[] {
  return messages.map((message) => ({ type: "session", message }));
}

function pressed(context: KeyContext, ...actions: readonly Action[]): ScreenMessage[] {
  return actions.map((action) => {
    const name = keyFor(context, action);
    assert.equal(actionOf(context, name), action);
    return { type: "key", key: { name, text: name.length === 1 ? name : "" } };
  });
}

function typed(text: string): ScreenMessage[] {
  return [...text].map((letter) => ({ type: "key", key: { name: letter, text: letter } }));
}

function golden(name: string, model: ScreenModel): void {
  test(`the screen "${name}" looks as somebody found good`, () => {
    const file = new URL(`testdata/${name}.txt`, import.meta.url);
    const text = `${frameText(view(model))}\n`;
    if (process.env.REWRITE === "1") writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"));
  });
}

const playing = after(screen(), ...told(...demoMessages()));
const wide = after(screen({ columns: 120, rows: 40 }), ...told(...demoMessages()));

golden("first-start", after(screen({ player: undefined })));
golden("no-round-yet", after(screen(), ...told(...demoMessages(1))));
golden("open-round", playing);
golden("open-round-120x40", wide);
golden("small-60x16", after(playing, { type: "resize", columns: 60, rows: 16 }));
golden("too-small", after(playing, { type: "resize", columns: 52, rows: 12 }));
golden("closed-round", closedRound());
golden("electing", electing());
golden("disconnected", disconnected());
golden("help", after(playing, ...pressed("play", "help")));
golden("rooms", after(playing, ...pressed("play", "rooms")));
golden("break-things", after(playing, ...pressed("play", "breakThings")));
golden(
  "are-you-sure",
  after(playing, ...pressed("play", "breakThings"), ...pressed("breaking", "kill")),
);
golden("time-travel", inThePast(playing));
golden("time-travel-120x40", inThePast(wide));
golden("command-wrong", after(playing, ...typed(":fly"), ...pressed("line", "submit")));
golden("pending-guess", after(playing, ...typed("47"), ...pressed("play", "submit"), ...wish()));

function wish(): ScreenMessage[] {
  return told({ type: "wish", wish: { kind: "guess", value: 47 }, requestId: "id-1" });
}

function closedRound(): ScreenModel {
  const last = demoStretch().transactions.at(-1);
  assert.ok(last !== undefined);
  const zxid = last.zxid + 1n;
  const event = {
    type: "RoundClosed",
    room: "lobby",
    round: 3,
    winner: "bob",
    guess: 46,
    distance: 1,
  } as const;
  const requestId = "";
  const closing = { zxid, prev: last.zxid, time: last.time + 1000, requestId, events: [event] };
  return after(playing, ...told({ type: "transactions", transactions: [closing], seen: zxid }));
}

function electing(): ScreenModel {
  const lost = after(
    playing,
    ...wish(),
    ...told({ type: "status", status: demoStatus("node3", "") }),
  );
  return { ...lost, nowMs: NOW_MS + 300 };
}

function disconnected(): ScreenModel {
  const server = "http://127.0.0.1:7104";
  const words = `Connecting to ${server}.`;
  const change = { state: "connecting", server, words } as const;
  const lost = after(playing, ...told({ type: "connection", change }));
  return { ...lost, nowMs: NOW_MS + 2100 };
}

function inThePast(model: ScreenModel): ScreenModel {
  const stretch = demoStretch();
  return after(
    model,
    ...pressed("play", "travel"),
    ...told({ type: "pastRead", readId: 1, stretch }),
    ...pressed("past", "older", "older", "older", "leaderBack", "newer"),
  );
}
