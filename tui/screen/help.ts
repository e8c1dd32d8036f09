/** The help pages, made from the tables of keys and commands. */

import { fit, wrap } from "./cells.js";
import type { Span } from "./frame.js";
import { KEYS, type KeyBinding, type KeyContext } from "./keys.js";
import { TYPED_COMMANDS } from "./typed-command.js";

const CHAPTERS: readonly (readonly [KeyContext, string])[] = [
  ["play", "In the game"],
  ["past", "In the past"],
  ["breaking", "Breaking things (x, where the cluster allows it)"],
];

const SYMBOLS: readonly (readonly [string, string])[] = [
  ["○ ● ◆", "a guess, your guess, the closest so far"],
  ["▲", "the target, under the number line"],
  ["★ ● ◌ ✕", "a node that leads, follows, looks for a leader, is down"],
  ["━━", "a change of leader in the log"],
];

const KEY_WIDTH = 12;

export function helpLines(width: number): (readonly Span[])[] {
  return [
    ...chapter("What the symbols say"),
    ...SYMBOLS.flatMap(([symbols, words]) => entry(symbols, words, width)),
    ...CHAPTERS.flatMap(([context, title]) => [
      ...chapter(title),
      ...KEYS[context]
        .filter(isOwn(context))
        .flatMap(({ shown, does }) => entry(shown, does, width)),
    ]),
    ...chapter("Typed after a colon"),
    ...TYPED_COMMANDS.flatMap(({ name, takes, does }) =>
      entry(takes === "" ? name : `${name} ${takes}`, does, width, 18),
    ),
  ];
}

/** What is explained under "In the game" is not explained again. */
function isOwn(context: KeyContext): (binding: KeyBinding) => boolean {
  if (context === "play") return () => true;
  return ({ action }) => !KEYS.play.some((binding) => binding.action === action);
}

function chapter(title: string): (readonly Span[])[] {
  return [[{ text: "", style: "plain" }], [{ text: title, style: "strong" }]];
}

function entry(
  head: string,
  words: string,
  width: number,
  headWidth = KEY_WIDTH,
): (readonly Span[])[] {
  return wrap(words, width - headWidth - 2).map((line, row) => [
    { text: `  ${fit(row === 0 ? head : "", headWidth)}`, style: "accent" },
    { text: line, style: "plain" },
  ]);
}
