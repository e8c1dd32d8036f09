/** Rounds won, by player, most first. */
import { type Session, shownRoom } from "../../client/session-model.js";
import { type Score, sortedScores } from "../../game/view.js";
import { fit, fitRight } from "./cells.js";
import type { Span } from "./frame.js";

const BAR_MAX = 12;

export function scoreEntries(session: Session): readonly Score[] {
  const room = shownRoom(session);
  return room === undefined ? [] : sortedScores(room.scores);
}

/** `rank` counts from 1; `most` is the highest score, for the bars. */
export function scoreLine(
  { player, won }: Score,
  rank: number,
  most: number,
  own: string | undefined,
  width: number,
): readonly Span[] {
  const bar = Math.min(BAR_MAX, Math.max(0, width - 18));
  const nameWidth = Math.max(4, width - 3 - 1 - 4 - (bar > 0 ? bar + 1 : 0));
  const style = player === own ? "own" : "plain";
  const length = most === 0 ? 0 : Math.max(1, Math.round((won / most) * bar));
  return [
    { text: fitRight(String(rank), 3), style: "faint" },
    { text: ` ${fit(player === own ? "you" : player, nameWidth)}`, style },
    { text: fitRight(String(won), 4), style: "strong" },
    { text: bar > 0 ? ` ${"█".repeat(length)}` : "", style: "accent" },
  ];
}
