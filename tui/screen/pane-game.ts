/**
 * The game itself: the target as the largest thing on the screen, who is close, the number line.
 */
import { closestGuesses } from "../../client/closest-guesses.js";
import { age } from "../../client/durations.js";
import { type Session, shownProjection, shownRoom } from "../../client/session-model.js";
import type { OpenRoom, Room } from "../../game/room.js";
import { missInWords } from "../../game/view.js";
import { halfBlockDigits, wholeBlockDigits } from "./big-digits.js";
import { widthOf } from "./cells.js";
import type { Canvas, Rect, Style } from "./frame.js";
import { numberLine } from "./number-line.js";

/** `nowMs` is the client's clock; a past is measured by the log's own. */
export function drawGame(canvas: Canvas, rect: Rect, session: Session, nowMs: number): void {
  const room = shownRoom(session);
  canvas.box(rect, title(session, room, nowMs), session.past === undefined ? "border" : "past");
  const inner = { x: rect.x + 2, y: rect.y + 1, width: rect.width - 4, height: rect.height - 2 };
  const lineTop = inner.y + inner.height - 3;
  drawTarget(canvas, { ...inner, height: inner.height - 3 }, room, session);
  drawNumberLine(canvas, { ...inner, y: lineTop, height: 3 }, room, session.player);
}

function title(session: Session, room: Room | undefined, nowMs: number): string {
  if (session.live === undefined) return "not known yet";
  if (room === undefined) return "no round yet";
  const projection = shownProjection(session);
  const atMs = session.past === undefined ? nowMs : (projection?.time ?? 0);
  const ago = `${age(atMs - room.since)} ${session.past === undefined ? "ago" : "before"}`;
  return room.status === "open"
    ? `round ${room.round}: set by ${room.by}, ${ago}`
    : `round ${room.round}: closed, ${ago}`;
}

function drawTarget(canvas: Canvas, rect: Rect, room: Room | undefined, session: Session): void {
  const isPast = session.past !== undefined;
  if (room === undefined) {
    const middle = rect.y + Math.max(0, Math.floor(rect.height / 2) - 1);
    const [what, how] = noRoomLines(session);
    canvas.text(rect.x + 1, middle, what, "strong", rect.width - 1);
    canvas.text(rect.x + 1, middle + 1, how, "plain", rect.width - 1);
    return;
  }
  const lines =
    room.status === "open" ? closestLines(room, session.player, isPast) : closedLines(room, isPast);
  if (rect.height < 3) {
    const first = room.status === "open" && room.closest !== undefined ? lines[1] : lines[0];
    const x = canvas.text(rect.x + 1, rect.y, `target ${room.target}   `, "target");
    canvas.text(x, rect.y, first?.[0] ?? "", first?.[1] ?? "plain", rect.x + rect.width - x);
    return;
  }
  const digits = rect.height >= 7 ? wholeBlockDigits(room.target) : halfBlockDigits(room.target);
  const top = rect.y + Math.max(0, Math.ceil((rect.height - digits.length) / 2));
  const width = Math.max(...digits.map(widthOf));
  digits.forEach((line, row) => {
    canvas.text(rect.x + 2, top + row, line, "target");
  });
  const x = rect.x + width + 6;
  const y = rect.y + Math.max(0, Math.floor((rect.height - lines.length) / 2));
  lines.slice(0, rect.height).forEach(([text, style], row) => {
    canvas.text(x, y + row, text, style, rect.x + rect.width - x);
  });
}

/** Why there is no target to be shown, and what to do about it. */
function noRoomLines({ live, past, player }: Session): readonly [string, string] {
  if (live === undefined) return ["No server has answered yet.", ""];
  const how = player === undefined ? "" : "w and a number open a round.";
  return ["Nobody has set a target here.", past === undefined ? how : ""];
}

type Line = readonly [text: string, style: Style];

/** The three closest, each player once, then the number of guesses. */
function closestLines(room: OpenRoom, own: string | undefined, isPast: boolean): Line[] {
  if (room.closest === undefined) {
    return [
      ["no guess yet", "faint"],
      [isPast ? "" : "type a number, Enter", "plain"],
    ];
  }
  const count = room.guessCount === 1 ? "1 guess" : `${room.guessCount} guesses`;
  const lines = closestGuesses(room)
    .slice(0, 3)
    .map((guess, rank): Line => {
      const who = guess.player === own ? "you" : guess.player;
      const miss = missInWords(guess.distance);
      const style = guess.player === own ? "own" : rank === 0 ? "strong" : "plain";
      return [`${rank === 0 ? "◆" : " "} ${who} ${guess.value}, ${miss}`, style];
    });
  return [["closest so far", "faint"], ...lines, [count, "faint"]];
}

function closedLines(room: Room, isPast: boolean): Line[] {
  const last = room.rounds.at(-1);
  if (last === undefined) return [];
  const miss = missInWords(last.distance);
  return [
    [`✓ ${last.winner} won round ${last.round}`, "strong"],
    [`with ${last.guess}, ${miss}`, "plain"],
    [`the target was ${last.target}`, "plain"],
    [isPast ? "" : "w opens the next", "faint"],
  ];
}

function drawNumberLine(
  canvas: Canvas,
  rect: Rect,
  room: Room | undefined,
  own: string | undefined,
): void {
  const { scale, line, marks, under } = numberLine(room, own, rect.width);
  for (const mark of scale) canvas.text(rect.x + mark.column, rect.y, mark.text, mark.style);
  canvas.text(rect.x, rect.y + 1, line, "border");
  for (const mark of marks) canvas.text(rect.x + mark.column, rect.y + 1, mark.text, mark.style);
  for (const mark of under) canvas.text(rect.x + mark.column, rect.y + 2, mark.text, mark.style);
}
