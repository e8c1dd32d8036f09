// Proves that the table of keys is one: no key does two things in one place, every action that it
// names does something, help and footer show what it says.
import assert from "node:assert/strict";
import test from "node:test";
import { demoMessages } from "./demo-game.testing.js";
import { frameText } from "./frame.js";
import { helpLines } from "./help.js";
import { KEYS, type KeyContext } from "./keys.js";
import { newScreen } from "./screen-model.js";
import { updateScreen } from "./screen-update.js";
import { view } from "./view.js";

const CONTEXTS = Object.keys(KEYS) as KeyContext[];

test("no key does two things in one place", () => {
  for (const context of CONTEXTS) {
    const names = KEYS[context].flatMap(({ keys }) => keys);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
      context,
    );
  }
});

test("digits stay free for the guess, and every place has a way out", () => {
  for (const context of CONTEXTS) {
    const names = KEYS[context].flatMap(({ keys }) => keys);
    assert.deepEqual(
      names.filter((name) => /^[0-9]$/.test(name)),
      [],
    );
    assert.ok(names.includes("C-c"), `${context} has no Ctrl-C`);
    assert.ok(names.includes("escape"), `${context} has no Esc`);
  }
});

test("the help names every key of the game and of the past", () => {
  const help = helpLines(80).map((spans) => spans.map(({ text }) => text).join(""));
  const inPlay = new Set(KEYS.play.map(({ action }) => action));
  const others = [...KEYS.past, ...KEYS.breaking].filter(({ action }) => !inPlay.has(action));
  for (const { shown, does } of [...KEYS.play, ...others]) {
    const isThere = help.some((line) => line.includes(shown) && line.includes(does.slice(0, 12)));
    assert.ok(isThere, `${shown}: ${does}`);
  }
});

test("the footer shows the keys of the game on a wide screen, help and quit on any", () => {
  for (const columns of [60, 80, 120, 200]) {
    const setting = { suggestedPlayer: "ann", spectator: false, room: "lobby", mouse: false };
    const start = newScreen({
      ...setting,
      player: "ann",
      columns,
      rows: 40,
      theme: "plain",
      nowMs: 0,
    });
    const model = demoMessages().reduce(
      (now, message) => updateScreen(now, { type: "session", message }, 0).model,
      start,
    );
    const footer = frameText(view(model)).split("\n").at(-1) ?? "";
    assert.match(footer, /\? help {2,3}q quit$/);
    const wanted = KEYS.play.filter(({ short, action }) => short !== "" && action !== "player");
    if (columns < 120) continue;
    for (const { shown, short } of wanted) assert.ok(footer.includes(`${shown} ${short}`), footer);
  }
});
