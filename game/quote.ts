/** Bad input inside a message: short, on one line, and with everything invisible made visible. */

const QUOTE_LENGTH_MAX = 24;

/** What a terminal might obey or swallow: all but letters, marks, digits, punctuation, symbols. */
const INVISIBLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu;

/** The text in double quotes, at most 24 of its code points, then an ellipsis. */
export function quote(text: string): string {
  // Each code point has at most two units: no need to walk through a megabyte to show 24.
  const points = [...text.slice(0, (QUOTE_LENGTH_MAX + 1) * 2)];
  const shown = points.slice(0, QUOTE_LENGTH_MAX).join("");
  const safe = shown.replace(
    INVISIBLE,
    (point) => `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${safe}${points.length > QUOTE_LENGTH_MAX ? "…" : ""}"`;
}
