/** What somebody typed for a guess or a target: a number of the game, or why it is none. Pure. */
import { VALUE_MAX, VALUE_MIN } from "../../game/limits.js";
import { quote } from "../../game/quote.js";

export type TypedValue =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly words: string };

const RULE = `a whole number from ${VALUE_MIN} to ${VALUE_MAX}`;

export function typedValue(text: string): TypedValue {
  const typed = text.trim();
  if (typed === "") return { ok: false, words: `Type ${RULE}.` };
  const value = /^\d{1,3}$/.test(typed) ? Number(typed) : Number.NaN;
  if (value >= VALUE_MIN && value <= VALUE_MAX) return { ok: true, value };
  return { ok: false, words: `${quote(typed)} is not ${RULE}.` };
}
