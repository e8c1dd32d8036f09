/**
 * What frames the panes: header, banner, message, what is being typed, and the keys that work now.
 */

import { age, duration } from "../../client/durations.js";

import { type Session, shownRoom, standingOf } from "../../client/session-model.js";
import {
  pastInWords,
  pastNotes,
  troubleInWords,
  waitingInWords,
} from "../../client/session-words.js";

import { zxidOfPast } from "../../client/time-travel.js";

import { formatZxid } from "../../game/zxid.js";
import { widthOf } from "./cells.js";
import type { Canvas, Rect, Style } from "./frame.js";
import { contextOf } from "./key-context.js";
import { type Action, KEYS, type KeyBinding } from "./keys.js";
import { isRoomy } from "./layout.js";
import { cursorColumn } from "./line-editor.js";
import type { LinePurpose, ScreenModel } from "./screen-model.js";

export function drawHeader(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  const { session } = model;
  const isPast = session.past !== undefined;
  const style: Style = isPast ? "past" : "strong";
  const [standing, standingStyle] = isPast ? pastText(session) : standingText(model);
  const right = `   ${formatZxid(zxidShown(session))} `;
  const at = session.status === undefined ? "" : ` @ ${session.status.nodeId}`;
  // Names give way: how the screen stands, and at which zxid, is always to be seen.
  const room = rect.width - widthOf(standing + right) - 1;
  const round = shownRoom(session)?.round;
  const left = ` ZABBLE   ${session.room}${round === undefined ? "" : `   round ${round}`}`;
  const who = `${session.player ?? "watching"}${at}`;
  const whoWidth = Math.min(widthOf(who), Math.max(Math.floor(room / 2), room - widthOf(left) - 3));
  canvas.fill(rect, isPast ? "past" : "plain");
  canvas.text(rect.x, rect.y, left, style, room - whoWidth - 3);
  const x = rect.width - widthOf(standing + right) - whoWidth - 3;
  canvas.text(x, rect.y, who, isPast ? "past" : "plain", whoWidth);
  const next = canvas.text(x + whoWidth + 3, rect.y, standing, standingStyle);
  canvas.text(next, rect.y, right, style);
}

function zxidShown({ past, live }: Session): bigint {
  return past === undefined ? (live?.now.zxid ?? 0n) : zxidOfPast(past);
}

function pastText({ past }: Session): readonly [string, Style] {
  const place = past?.stretch.place;
  if (past === undefined || place === undefined) return ["◀ the past", "past"];
  return [`◀ the past  ${place.firstOrdinal + past.index} of ${place.total}`, "past"];
}

function standingText({ session, nowMs }: ScreenModel): readonly [string, Style] {
  switch (standingOf(session)) {
    case "live":
      return ["● live", "good"];
    case "joining":
      return [`◌ joining ${age(nowMs - session.connection.sinceMs)}`, "warn"];
    case "electing":
      return [`◌ electing ${duration(nowMs - session.statusSinceMs)}`, "warn"];
    case "lost":
      return [`✕ reconnecting ${duration(nowMs - session.connection.sinceMs)}`, "bad"];
  }
}

export interface BannerLine {
  readonly text: string;
  readonly style: Style;
}

/** What cannot be overlooked; nothing while all is well. */
export function bannerOf(model: ScreenModel): readonly BannerLine[] {
  const { session } = model;
  const standing = standingOf(session);
  if (session.past !== undefined) return pastBanner(model);
  const trouble = troubleInWords(session);
  if (trouble === undefined) return [];
  const isLost = standing === "lost";
  return [{ text: `${isLost ? "✕" : "◌"} ${trouble}`, style: isLost ? "bad" : "warn" }];
}

function pastBanner(model: ScreenModel): readonly BannerLine[] {
  const isLive = standingOf(model.session) === "live";
  const notes = [
    // What is wrong now must not be hidden by what was.
    ...(isLive ? [] : [`now: ${standingText(model)[0]}`]),
    ...pastNotes(model.session),
  ];
  return [
    { text: `◀ THIS IS THE PAST  ${pastInWords(model.session)}`, style: "past" },
    { text: `  ${notes.join("   ")}`, style: "past" },
  ];
}

/** Whoever waits is told what for, whatever was said before. */
export function drawMessage(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  const { session, hint, purpose } = model;
  const waiting = waitingInWords(session);
  if (waiting !== undefined) {
    canvas.text(rect.x + 1, rect.y, `… ${waiting}`, "warn", rect.width - 2);
    return;
  }
  const { message } = session;
  if (message === undefined) {
    if (hint && purpose === "guess" && session.past === undefined)
      canvas.text(rect.x + 1, rect.y, hintText(session), "faint", rect.width - 2);
    return;
  }
  const [mark, style] = MESSAGE_MARKS[message.kind];
  canvas.text(rect.x + 1, rect.y, `${mark} ${message.text}`, style, rect.width - 2);
}

const MESSAGE_MARKS = {
  good: ["✓", "good"],
  bad: ["✕", "bad"],
  pending: ["…", "warn"],
  info: ["•", "plain"],
} as const;

function hintText({ player, status }: Session): string {
  const play =
    player === undefined
      ? "You only watch; n takes a name"
      : "A number and Enter guess, w sets a target";
  const more = status?.admin === true ? ", x breaks nodes" : "";
  return `${play}${more}, ? shows all keys.`;
}

const PROMPTS: Readonly<Record<LinePurpose, string>> = {
  guess: "guess",
  write: "new target, 0 to 100",
  command: "command",
  search: "guesses of",
  goTo: "go to zxid",
  player: "your name",
};

export function drawPrompt(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  const { session, purpose, line, overlay } = model;
  if (overlay !== undefined) return;
  if (purpose === "guess" && (session.past !== undefined || session.player === undefined)) {
    const words =
      session.past === undefined ? "you only watch; n takes a name" : "the past cannot be changed";
    canvas.text(rect.x + 1, rect.y, words, "faint", rect.width - 2);
    return;
  }
  const label = ` ${PROMPTS[purpose]} › `;
  const x = canvas.text(rect.x, rect.y, label, "accent", rect.width);
  const suggested = session.player ?? model.suggestedPlayer;
  if (purpose === "player" && line.text === "") {
    canvas.text(x, rect.y, `${suggested}, if you press Enter now`, "faint", rect.width - x - 1);
  }
  canvas.text(x, rect.y, line.text, "strong", rect.width - x - 1);
  canvas.cursor({ x: Math.min(rect.width - 1, x + cursorColumn(line)), y: rect.y });
  const count = session.pending.length;
  if (purpose === "guess" && count > 0) {
    const words = `${count} pending`;
    canvas.text(rect.width - widthOf(words) - 1, rect.y, words, "warn");
  }
}

export function drawFooter(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  for (const { binding, x } of footerEntries(model, rect.width)) {
    const after = canvas.text(rect.x + x, rect.y, binding.pair ?? binding.shown, "accent");
    canvas.text(after, rect.y, ` ${binding.short}`, "plain");
  }
}

export interface FooterEntry {
  readonly binding: KeyBinding;
  readonly x: number;
  readonly width: number;
}

/** The keys that fit, the last ones being those that one cannot do without. */
export function footerEntries(model: ScreenModel, width: number): readonly FooterEntry[] {
  const all = KEYS[contextOf(model)].filter((binding) => isOffered(binding, model));
  const last = all.filter(({ action }) => isNeeded(action, model));
  const first = all.filter((binding) => !last.includes(binding));
  const size = ({ shown, pair = shown, short }: KeyBinding): number => widthOf(`${pair} ${short}`);
  const gap = width < 100 ? 2 : 3;
  let left = width - 2 - last.reduce((sum, binding) => sum + size(binding) + gap, 0);
  const shown = first.filter((binding) => {
    left -= size(binding) + gap;
    return left >= 0;
  });
  let x = 1;
  return [...shown, ...last].map((binding) => {
    const entry = { binding, x, width: size(binding) };
    x += entry.width + gap;
    return entry;
  });
}

/** Ways out, the help, and the one way to a pane that is out of sight. */
function isNeeded(action: Action, { columns, rows }: ScreenModel): boolean {
  if (action === "nextPane") return !isRoomy(columns, rows);
  return ["help", "quit", "cancel", "live"].includes(action);
}

function isOffered(binding: KeyBinding, { session, purpose }: ScreenModel): boolean {
  const { action, short } = binding;
  const watches = session.player === undefined;
  if (action === "player") return watches;
  if (short === "") return false;
  if (["write", "closeRound"].includes(action)) return !watches;
  if (action === "submit") return !watches || purpose !== "guess" || short !== "guess";
  if (action === "breakThings") return session.status?.admin === true;
  return action !== "complete" || purpose === "command";
}
