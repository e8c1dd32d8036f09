/**
 * The line from 0 to 100: a scale, the guesses on it, the target under it. Each kind of mark has a
 * symbol of its own, so it reads without colour.
 */

import { VALUE_MAX } from "../../game/limits.js";
import type { Room } from "../../game/room.js";
import type { Style } from "./frame.js";

export interface Mark {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

export interface NumberLine {
  /** Numbers of the scale. */
  readonly scale: readonly Mark[];
  /** The line itself. */
  readonly line: string;
  /** What stands on the line. */
  readonly marks: readonly Mark[];
  /** What stands under it. */
  readonly under: readonly Mark[];
}

/** More guesses than fit into the eye; the newest are drawn. */
const MARKED_MAX = 200;

export function numberLine(
  room: Room | undefined,
  own: string | undefined,
  width: number,
): NumberLine {
  const column = (value: number): number => Math.round((value / VALUE_MAX) * (width - 1));
  const step = width >= 66 ? 10 : width >= 40 ? 20 : 25;
  const ticks = Array.from({ length: VALUE_MAX / step + 1 }, (_, index) => index * step);
  const scale = ticks.map((value): Mark => {
    const text = String(value);
    // The last number ends where the line ends.
    const at = Math.min(column(value), width - text.length);
    return { column: at, text, style: "faint" };
  });
  const cells = new Array<string>(width).fill("─");
  for (const value of ticks) cells[column(value)] = "┼";
  cells[0] = "├";
  cells[width - 1] = "┤";
  return {
    scale,
    line: cells.join(""),
    marks: guessMarks(room, own, column),
    under: under(room, column, width),
  };
}

/** Later marks lie above earlier ones: others, then own, then the closest. */
function guessMarks(
  room: Room | undefined,
  own: string | undefined,
  column: (value: number) => number,
): Mark[] {
  if (room?.status !== "open") return [];
  const guesses = room.guesses.slice(-MARKED_MAX);
  const others = guesses.filter(({ player }) => player !== own);
  const mine = guesses.filter(({ player }) => player === own);
  const marks = [
    ...others.map(({ value }): Mark => ({ column: column(value), text: "○", style: "plain" })),
    ...mine.map(({ value }): Mark => ({ column: column(value), text: "●", style: "own" })),
  ];
  const { closest } = room;
  if (closest !== undefined) {
    marks.push({ column: column(closest.value), text: "◆", style: "accent" });
  }
  return marks;
}

function under(room: Room | undefined, column: (value: number) => number, width: number): Mark[] {
  if (room === undefined) return [];
  const text = `▲ ${room.target}`;
  const at = column(room.target);
  // The number goes to the left of its arrow where there is no place to the right.
  const fits = at + text.length <= width;
  const mark: Mark = fits
    ? { column: at, text, style: "target" }
    : { column: at - text.length + 1, text: `${room.target} ▲`, style: "target" };
  return [mark];
}
