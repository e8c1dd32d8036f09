/**
 * One line that a person types: its text, where the cursor stands, and what each key does to it.
 */
import { cellsOf } from "./cells.js";
import type { KeyPress } from "./key-press.js";

export interface Line {
  readonly text: string;
  /** In code units of `text`, always between two characters. */
  readonly cursor: number;
}

export const emptyLine: Line = { text: "", cursor: 0 };

/** Longer than anything that can be meant. */
const LINE_LENGTH_MAX = 200;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export function lineOf(text: string): Line {
  return { text, cursor: text.length };
}

/** The line after the key; undefined if the key is none of an editor's. */
export function edited({ text, cursor }: Line, key: KeyPress): Line | undefined {
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  switch (key.name) {
    case "left":
      return { text, cursor: cursor - lengthOfLast(before) };
    case "right":
      return { text, cursor: cursor + lengthOfFirst(after) };
    case "home":
    case "C-a":
      return { text, cursor: 0 };
    case "end":
    case "C-e":
      return { text, cursor: text.length };
    case "backspace": {
      const kept = before.slice(0, before.length - lengthOfLast(before));
      return { text: kept + after, cursor: kept.length };
    }
    case "delete":
      return { text: before + after.slice(lengthOfFirst(after)), cursor };
    case "C-u":
      return { text: after, cursor: 0 };
    case "C-w": {
      const kept = before.replace(/\S*\s*$/, "");
      return { text: kept + after, cursor: kept.length };
    }
    default:
      if (key.text === "" || text.length + key.text.length > LINE_LENGTH_MAX) return undefined;
      return { text: before + key.text + after, cursor: cursor + key.text.length };
  }
}

/** Columns from the beginning of the line to the cursor. */
export function cursorColumn({ text, cursor }: Line): number {
  return cellsOf(text.slice(0, cursor)).length;
}

function lengthOfFirst(text: string): number {
  for (const { segment } of graphemes.segment(text)) return segment.length;
  return 0;
}

function lengthOfLast(text: string): number {
  let length = 0;
  for (const { segment } of graphemes.segment(text)) length = segment.length;
  return length;
}
