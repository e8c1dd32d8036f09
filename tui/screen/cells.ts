/**
 * Text as a terminal lays it out: cells of one column each, wide characters over two of them. All
 * widths of the screen are asked for here, so that a name in any script stays inside its box.
 */
import stringWidth from "string-width";

/** What one cell shows; the second cell of a wide character is "". */
export type Cell = string;

/**
 * Texts of which each unit is one column: ASCII and the symbols that the screen itself uses. Almost
 * every text is one, and taking others apart costs a hundred times as much.
 */
const SIMPLE = /^[ -~\u2500-\u25fc\u2190-\u2193±·•…›✓✕★]*$/;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** One entry per column. What has no width of its own and follows nothing is left out. */
export function cellsOf(text: string): Cell[] {
  if (SIMPLE.test(text)) return text.split("");
  const cells: Cell[] = [];
  for (const { segment } of graphemes.segment(text)) {
    const width = stringWidth(segment);
    if (width > 0) cells.push(segment);
    if (width > 1) cells.push("");
  }
  return cells;
}

/** Columns. */
export function widthOf(text: string): number {
  return SIMPLE.test(text) ? text.length : cellsOf(text).length;
}

/** The text in exactly `width` columns, or its beginning and an ellipsis. */
export function fit(text: string, width: number): string {
  const cells = cellsOf(text);
  if (cells.length <= width) return text + " ".repeat(width - cells.length);
  if (width <= 0) return "";
  const kept = cells.slice(0, width - 1);
  // Half of a wide character cannot be shown.
  if (cells[kept.length] === "") kept[kept.length - 1] = " ";
  return `${kept.join("")}…`;
}

/** The text at the right end of `width` columns. */
export function fitRight(text: string, width: number): string {
  const missing = width - widthOf(text);
  return missing >= 0 ? " ".repeat(missing) + text : fit(text, width);
}

/** Lines of at most `width` columns, broken at spaces; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = widthOf(word) <= width ? word : fit(word, width);
  }
  if (line !== "" || lines.length === 0) lines.push(line);
  return lines;
}
