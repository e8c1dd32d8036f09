/**
 * The screen's symbols in ASCII, for terminals whose locale is not UTF-8. Pure. One cell in, one
 * character out, so that nothing moves.
 */
import type { Cell } from "./cells.js";

/** Each line: the symbols, and as many characters that stand for them. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["─━═│┃║", "--=|||"],
  ["┌┐└┘├┤┬┴┼┏┓┗┛╔╗╚╝", "+++++++++++++++++"],
  ["★●◌○✕✓◆", "*@.oxv#"],
  ["▲▼◀▶▸←→↑↓‹›", "^v<>><>^v<>"],
  ["▁▂▃▄▅▆▇█▀▌▐", '_.:-=+*#"||'],
  ["…·•–—", "~.*--"],
  ["“”‘’", "\"\"''"],
  ["×±≥≤", "x+><"],
];

const ASCII_OF: ReadonlyMap<Cell, string> = new Map(
  PAIRS.flatMap(([symbols, letters]) =>
    [...symbols].map((symbol, index) => [symbol, letters.charAt(index)] as const),
  ),
);

const PRINTABLE = /^[ -~]?$/;

/** One printable ASCII character, "?" if nothing stands for the cell; "" stays "". */
export function asciiCell(cell: Cell): string {
  return PRINTABLE.test(cell) ? cell : (ASCII_OF.get(cell) ?? "?");
}

/** True if the locale says another encoding than UTF-8; one that says nothing mostly means it. */
export function wantsAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => (value ?? "") !== "");
  return locale !== undefined && !/utf-?8/i.test(locale);
}
