/**
 * Where everything stands, from the size of the terminal alone. Two arrangements: all in sight,
 * or one list at a time under the game. Pure.
 */
import type { Rect } from "./frame.js";
import type { Pane } from "./screen-model.js";

export const COLUMNS_MIN = 60;
export const ROWS_MIN = 16;

export interface Layout {
  readonly header: Rect;
  /** Between header and panes; without height if there is nothing to announce. */
  readonly banner: Rect;
  readonly game: Rect;
  /** A pane that is not in it is out of sight. */
  readonly panes: ReadonlyMap<Pane, Rect>;
  readonly message: Rect;
  readonly prompt: Rect;
  readonly footer: Rect;
}

/** Undefined if the terminal is too small for anything useful. */
export function layoutOf(
  columns: number,
  rows: number,
  bannerRows: number,
  focus: Pane,
): Layout | undefined {
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return undefined;
  const line = (y: number, height = 1): Rect => ({ x: 0, y, width: columns, height });
  const top = 1 + bannerRows;
  const bottom = rows - 3;
  const edges = {
    header: line(0),
    banner: line(1, bannerRows),
    message: line(rows - 3),
    prompt: line(rows - 2),
    footer: line(rows - 1),
  };
  const inner = { x: 0, y: top, width: columns, height: bottom - top };
  return isRoomy(columns, rows)
    ? { ...edges, ...roomy(inner) }
    : { ...edges, ...small(inner, focus) };
}

/** Whether all panes are in sight at once. */
export function isRoomy(columns: number, rows: number): boolean {
  return columns >= 78 && rows >= 22;
}

type Middle = Pick<Layout, "game" | "panes">;

/** Game and cluster side by side, the three lists below. */
function roomy({ x, y, width, height }: Rect): Middle {
  const upper = Math.min(Math.max(10, Math.floor(height * 0.36)), 13);
  const clusterWidth = Math.min(Math.max(38, Math.floor(width * 0.45)), 66);
  const gameWidth = width - clusterWidth;
  const lower = { y: y + upper, height: height - upper };
  const scores = Math.min(Math.max(19, Math.floor(width * 0.22)), 36);
  const guesses = Math.floor((width - scores) * (width < 100 ? 0.52 : 0.5));
  const events = width - scores - guesses;
  return {
    game: { x, y, width: gameWidth, height: upper },
    panes: new Map<Pane, Rect>([
      ["cluster", { x: x + gameWidth, y, width: clusterWidth, height: upper }],
      ["guesses", { x, ...lower, width: guesses }],
      ["scores", { x: x + guesses, ...lower, width: scores }],
      ["events", { x: x + guesses + scores, ...lower, width: events }],
    ]),
  };
}

/** The game, and under it the pane that has the keys. */
function small({ x, y, width, height }: Rect, focus: Pane): Middle {
  const upper = height >= 14 ? 8 : 6;
  return {
    game: { x, y, width, height: upper },
    panes: new Map([[focus, { x, y: y + upper, width, height: height - upper }]]),
  };
}

/** Lines inside the border of a pane; 0 for one that is out of sight. */
export function linesIn(layout: Layout, pane: Pane): number {
  return Math.max(0, (layout.panes.get(pane)?.height ?? 0) - 2);
}
