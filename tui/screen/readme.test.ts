// Proves that the README's table of keys and its picture of the screen are the real ones. With
// REWRITE=1 they are written anew, to be read as a diff.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { KEYS, type KeyBinding } from "./keys.js";

const README = new URL("../../README.md", import.meta.url);
const PICTURE = new URL("testdata/open-round.txt", import.meta.url);
const BEGIN = "<!-- keys -->";
const END = "<!-- /keys -->";

function keysTable(): string {
  const rows = [
    ["key", "in the game"],
    ...KEYS.play.filter(isTold).map(cells),
    ["**in the past**", ""],
    ...KEYS.past.filter(isTold).filter(isNew).map(cells),
    ["**breaking things**", ""],
    ...KEYS.breaking.filter(isTold).filter(isNew).map(cells),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const padded = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `| ${padded.join(" | ")} |`;
  });
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function cells({ shown, does }: KeyBinding): string[] {
  return [`\`${shown}\``, does];
}

function isTold({ action }: KeyBinding): boolean {
  return action !== "redraw" && action !== "suspend";
}

/** What is told of the game need not be told again. */
function isNew({ action }: KeyBinding): boolean {
  return !KEYS.play.some((binding) => binding.action === action);
}

test("the README's keys are those of the table", () => {
  const readme = readFileSync(README, "utf8");
  const begin = readme.indexOf(BEGIN) + BEGIN.length;
  const end = readme.indexOf(END);
  assert.ok(end > begin, "the README marks where its keys are");
  const wanted = `\n\n${keysTable()}\n\n`;
  const fresh = readme.slice(0, begin) + wanted + readme.slice(end);
  if (process.env.REWRITE === "1") writeFileSync(README, fresh);
  assert.equal(readFileSync(README, "utf8"), fresh);
});

test("the README's picture of the screen is what the screen shows", () => {
  const picture = readFileSync(PICTURE, "utf8").trimEnd();
  assert.ok(readFileSync(README, "utf8").includes(picture));
});
