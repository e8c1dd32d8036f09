/**
 * The whole screen as one frame, from the model alone: the same function draws the present and the
 * past. It changes nothing and asks nobody.
 */

import type { Session } from "../../client/session-model.js";
import { eventCount, eventsFrom } from "../../client/shown-events.js";
import { zxidOfPast } from "../../client/time-travel.js";
import { widthOf } from "./cells.js";
import {
  type Canvas,
  createCanvas,
  type Frame,
  type Rect,
  type Span,
  type Style,
} from "./frame.js";
import { COLUMNS_MIN, type Layout, layoutOf, linesIn, ROWS_MIN } from "./layout.js";
import { clusterLines, clusterTitle } from "./pane-cluster.js";
import { eventLine } from "./pane-events.js";
import { drawGame } from "./pane-game.js";
import { guessEntries, guessLine } from "./pane-guesses.js";
import { scoreEntries, scoreLine } from "./pane-scores.js";
import { PANES, type Pane, type ScreenModel } from "./screen-model.js";
import { bannerOf, drawFooter, drawHeader, drawMessage, drawPrompt } from "./view-chrome.js";
import { drawOverlay } from "./view-overlays.js";

export function view(model: ScreenModel): Frame {
  const { session, columns, rows } = model;
  const canvas = createCanvas(columns, rows);
  const layout = layoutFor(model);
  if (layout === undefined) return gate(canvas, model);
  drawHeader(canvas, layout.header, model);
  const banner = bannerOf(model);
  banner.forEach((line, row) => {
    const rect = { ...layout.banner, y: layout.banner.y + row };
    canvas.fill({ ...rect, height: 1 }, line.style);
    canvas.text(1, rect.y, line.text, line.style, columns - 2);
  });
  drawGame(canvas, layout.game, session, model.nowMs);
  for (const [pane, rect] of layout.panes) drawPane(canvas, pane, rect, model);
  drawMessage(canvas, layout.message, model);
  drawPrompt(canvas, layout.prompt, model);
  drawFooter(canvas, layout.footer, model);
  drawOverlay(canvas, model);
  return canvas.finish();
}

/** Undefined on a terminal that is too small. */
export function layoutFor(model: ScreenModel): Layout | undefined {
  return layoutOf(model.columns, model.rows, bannerOf(model).length, model.focus);
}

/** Lines that a pane has in all, and those that it shows. */
export function scrollRange(model: ScreenModel, pane: Pane): { all: number; shown: number } {
  const layout = layoutFor(model);
  const shown = layout === undefined ? 0 : linesIn(layout, pane);
  return { all: lineCount(model, pane), shown };
}

function lineCount(model: ScreenModel, pane: Pane): number {
  switch (pane) {
    case "guesses":
      return guessEntries(model).length;
    case "scores":
      return scoreEntries(model.session).length;
    case "events":
      return eventCount(model.session);
    case "cluster":
      return clusterLines(model.session, model.nowMs, 80).length;
  }
}

function gate(canvas: Canvas, { columns, rows }: ScreenModel): Frame {
  const lines = [
    `Zabble needs ${COLUMNS_MIN} x ${ROWS_MIN};`,
    `this is ${columns} x ${rows}.`,
    "The game goes on; q quits.",
  ];
  const wide = lines.join(" ");
  const shown = widthOf(wide) <= columns ? [wide] : lines;
  shown.forEach((line, row) => {
    canvas.text(0, row, line, "plain", columns);
  });
  return canvas.finish();
}

function drawPane(canvas: Canvas, pane: Pane, rect: Rect, model: ScreenModel): void {
  const width = rect.width - 2;
  const height = rect.height - 2;
  const { all } = scrollRange(model, pane);
  const isStretch = pane === "events" && model.session.past !== undefined;
  const scrolled = isStretch ? pastTop(model.session, height) : model.scroll[pane];
  const top = Math.min(scrolled, Math.max(0, all - height));
  const lines = paneLines(model, pane, top, height, width);
  const isFocus = model.focus === pane;
  const idle: Style = model.session.past === undefined ? "border" : "past";
  const style = isFocus && idle !== "past" ? "focus" : idle;
  canvas.box(rect, paneTitle(model, pane, isFocus), style);
  lines.forEach((line, row) => {
    canvas.spans(rect.x + 1, rect.y + 1 + row, line, width);
  });
  if (all > height) drawPosition(canvas, rect, top, height, all);
}

/** Which part of the list is in sight, in the lower edge. */
function drawPosition(canvas: Canvas, rect: Rect, top: number, height: number, all: number): void {
  const text = ` ${top + 1}-${Math.min(all, top + height)} of ${all} `;
  const x = rect.x + rect.width - 2 - text.length;
  if (x > rect.x + 1) canvas.text(x, rect.y + rect.height - 1, text, "faint");
}

function paneTitle(model: ScreenModel, pane: Pane, isFocus: boolean): string {
  const mark = isFocus ? "▸ " : "";
  switch (pane) {
    case "guesses":
      return model.search === ""
        ? `${mark}guesses, newest first`
        : `${mark}guesses of "${model.search}"`;
    case "scores":
      return `${mark}scores`;
    case "events":
      return model.session.past === undefined
        ? `${mark}committed events`
        : `${mark}committed events around here`;
    case "cluster":
      // The past of the game is known from the log; of the nodes only the present is.
      return model.session.past === undefined
        ? `${mark}${clusterTitle(model.session, model.nowMs)}`
        : `${mark}cluster, as it is now`;
  }
}

function paneLines(
  model: ScreenModel,
  pane: Pane,
  top: number,
  height: number,
  width: number,
): (readonly Span[])[] {
  const { session } = model;
  switch (pane) {
    case "guesses": {
      const entries = guessEntries(model);
      if (entries.length === 0) {
        return empty(session, model.search === "" ? "none yet" : "nobody fits");
      }
      return entries.slice(top, top + height).map((entry) => guessLine(entry, model, width));
    }
    case "scores": {
      const scores = scoreEntries(session);
      if (scores.length === 0) return empty(session, "no round won yet");
      const most = scores[0]?.won ?? 0;
      return scores
        .slice(top, top + height)
        .map((score, row) => scoreLine(score, top + row + 1, most, session.player, width));
    }
    case "events":
      return eventLines(session, top, height, width);
    case "cluster":
      return clusterLines(session, model.nowMs, width).slice(top, top + height);
  }
}

function eventLines(
  session: Session,
  top: number,
  height: number,
  width: number,
): (readonly Span[])[] {
  const { past, room } = session;
  const events = eventsFrom(session, top, height);
  if (events.length === 0) return empty(session, "none yet");
  const here = past === undefined ? undefined : zxidOfPast(past);
  return events.map((event) => eventLine(event, room, event.zxid === here, width));
}

/** The place in the past stays in sight, whatever was scrolled before. */
function pastTop({ past }: Session, height: number): number {
  if (past === undefined) return 0;
  const fromNewest = past.stretch.transactions.length - 1 - past.index;
  return Math.max(0, fromNewest - Math.floor(height / 2));
}

function empty({ live }: Session, words: string): (readonly Span[])[] {
  return [[{ text: live === undefined ? "not known yet" : words, style: "faint" }]];
}

/** The pane under a point of the screen; undefined if there is none. */
export function paneAt(model: ScreenModel, x: number, y: number): Pane | undefined {
  const layout = layoutFor(model);
  return PANES.find((pane) => {
    const rect = layout?.panes.get(pane);
    if (rect === undefined) return false;
    return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
  });
}
