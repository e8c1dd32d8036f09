/**
 * One picture of the whole screen: what each cell shows and in which style. Styles are named by
 * what they mean; theme.ts says how they look. Pure: the view draws one, terminal.ts shows it.
 */
import { type Cell, cellsOf, fit } from "./cells.js";

/** What a piece of text is; nothing is said by style alone. */
export type Style =
  | "plain"
  | "faint"
  | "strong"
  /** Names of panes and keys, the number line. */
  | "accent"
  /** The target. */
  | "target"
  /** Confirmed, alive. */
  | "good"
  /** Pending, electing. */
  | "warn"
  /** Refused, down. */
  | "bad"
  | "leader"
  /** The acting player. */
  | "own"
  /** The chosen line of a list, a pressed button. */
  | "selected"
  /** Everything that says: this is not now. */
  | "past"
  | "border"
  /** The border of the pane that has the keys. */
  | "focus";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Row by row, width * height of them. */
  readonly cells: readonly Cell[];
  readonly styles: readonly Style[];
  /** Where the text cursor blinks; undefined hides it. */
  readonly cursor: Point | undefined;
}

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Draws one frame; nothing leaves its bounds, whatever is asked. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Puts text at a point, at most `width` columns of it. Returns the column after it. */
  text(x: number, y: number, text: string, style: Style, width?: number): number;
  /** Puts pieces side by side, at most `width` columns in all. */
  spans(x: number, y: number, spans: readonly Span[], width: number): void;
  fill(rect: Rect, style: Style): void;
  /** A frame with a title in its upper edge, filled with spaces. */
  box(rect: Rect, title: string, style: Style): void;
  cursor(point: Point): void;
  finish(): Frame;
}

const SINGLE = { level: "─", upright: "│", corners: ["┌", "┐", "└", "┘"] } as const;
/** What is not now is framed differently, without colour too. */
const DOUBLE = { level: "═", upright: "║", corners: ["╔", "╗", "╚", "╝"] } as const;

export function createCanvas(width: number, height: number): Canvas {
  const cells: Cell[] = new Array(width * height).fill(" ");
  const styles: Style[] = new Array(width * height).fill("plain");
  let cursorAt: Point | undefined;

  function put(x: number, y: number, cell: Cell, style: Style): void {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    cells[y * width + x] = cell;
    styles[y * width + x] = style;
  }

  function text(x: number, y: number, words: string, style: Style, room = width - x): number {
    const all = cellsOf(words);
    const shown = all.length > room ? cellsOf(fit(words, room)) : all;
    shown.forEach((cell, column) => {
      put(x + column, y, cell, style);
    });
    return x + shown.length;
  }

  function fill(rect: Rect, style: Style): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) put(x, y, " ", style);
    }
  }

  return {
    width,
    height,
    text,
    spans(x, y, spans, room) {
      let at = x;
      for (const span of spans) {
        if (at >= x + room) return;
        at = text(at, y, span.text, span.style, x + room - at);
      }
    },
    fill,
    box(rect, title, style) {
      const { x, y } = rect;
      const right = x + rect.width - 1;
      const bottom = y + rect.height - 1;
      const edge = style === "past" ? DOUBLE : SINGLE;
      fill(rect, "plain");
      for (let column = x + 1; column < right; column++) {
        put(column, y, edge.level, style);
        put(column, bottom, edge.level, style);
      }
      for (let row = y + 1; row < bottom; row++) {
        put(x, row, edge.upright, style);
        put(right, row, edge.upright, style);
      }
      put(x, y, edge.corners[0], style);
      put(right, y, edge.corners[1], style);
      put(x, bottom, edge.corners[2], style);
      put(right, bottom, edge.corners[3], style);
      if (title !== "" && rect.width > 6) text(x + 2, y, ` ${title} `, style, rect.width - 4);
    },
    cursor(point) {
      cursorAt = point;
    },
    finish: () => ({ width, height, cells, styles, cursor: cursorAt }),
  };
}

/** The frame as lines of text, without trailing spaces: what is left when every style is gone. */
export function frameText(frame: Frame): string {
  const lines: string[] = [];
  for (let y = 0; y < frame.height; y++) {
    const row = frame.cells.slice(y * frame.width, (y + 1) * frame.width);
    lines.push(row.join("").trimEnd());
  }
  return lines.join("\n");
}

/** True if both would look the same. */
export function sameFrame(one: Frame, other: Frame): boolean {
  const { cursor } = one;
  if (one.width !== other.width || one.height !== other.height) return false;
  if (cursor?.x !== other.cursor?.x || cursor?.y !== other.cursor?.y) return false;
  return (
    one.cells.every((cell, index) => cell === other.cells[index]) &&
    one.styles.every((style, index) => style === other.styles[index])
  );
}
