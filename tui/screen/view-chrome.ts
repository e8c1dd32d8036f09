/**
 * What frames the panes: header, banner, message, what is being typed, and the keys that work now.
 */
import { changesInWords } from "../../client/changes.js";
import { wishInWords } from "../../client/pending-command.js";
import { type Session, standingOf } from "../../client/session-model.js";
import { transactionOf, zxidOfPast } from "../../client/time-travel.js";
import { eventInWords } from "../../game/view.js";
import { formatZxid } from "../../game/zxid.js";
import { phaseInWords, roleInWords } from "../status-words.js";
import { widthOf } from "./cells.js";
import { age, duration } from "./durations.js";
import type { Canvas, Rect, Style } from "./frame.js";
import { contextOf } from "./key-context.js";
import { KEYS, type KeyBinding } from "./keys.js";
import { cursorColumn } from "./line-editor.js";
import type { LinePurpose, ScreenModel } from "./screen-model.js";

export function drawHeader(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  const { session } = model;
  const { room } = session;
  const projection = session.past?.after ?? session.live?.now;
  const round = projection?.rooms.get(room)?.round;
  const style: Style = session.past === undefined ? "strong" : "past";
  canvas.fill(rect, session.past === undefined ? "plain" : "past");
  const left = ` ZABBLE   ${room}${round === undefined ? "" : `   round ${round}`}`;
  const [standing, standingStyle] = standingText(model);
  const who = session.player ?? "watching";
  const at = session.status === undefined ? "" : ` @ ${session.status.nodeId}`;
  const zxid = formatZxid(zxidShown(session));
  const right = `${who}${at}   ${standing}   ${zxid} `;
  canvas.text(rect.x, rect.y, left, style);
  const x = Math.max(widthOf(left) + 1, rect.width - widthOf(right));
  const next = canvas.text(x, rect.y, `${who}${at}   `, style === "past" ? "past" : "plain");
  const after = canvas.text(next, rect.y, standing, standingStyle);
  canvas.text(after, rect.y, `   ${zxid} `, style);
}

function zxidShown({ past, live }: Session): bigint {
  return past === undefined ? (live?.now.zxid ?? 0n) : zxidOfPast(past);
}

function standingText(model: ScreenModel): readonly [string, Style] {
  const { session, nowMs } = model;
  switch (standingOf(session)) {
    case "live":
      return ["● live", "good"];
    case "joining":
      return [`◌ joining ${age(nowMs - session.connection.sinceMs)}`, "warn"];
    case "electing":
      return [`◌ electing ${duration(nowMs - session.statusSinceMs)}`, "warn"];
    case "lost":
      return [`✕ reconnecting ${duration(nowMs - session.connection.sinceMs)}`, "bad"];
    case "past": {
      const place = session.past?.stretch.place;
      const index = session.past?.index ?? 0;
      const where = place === undefined ? "" : `  ${place.firstOrdinal + index} of ${place.total}`;
      return [`◀ the past${where}`, "past"];
    }
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
  if (session.past !== undefined) return pastBanner(session);
  if (standing === "lost" || (standing === "joining" && session.connection.state !== "live")) {
    const { connection, live } = session;
    const known =
      live === undefined ? "" : ` Below: what was known at ${formatZxid(live.now.zxid)}.`;
    const [mark, style] = live === undefined ? (["◌", "warn"] as const) : (["✕", "bad"] as const);
    return [{ text: `${mark} ${connection.words}${known}`, style }];
  }
  if (standing === "electing" && session.status !== undefined) {
    const { nodeId, role, phase, acceptedEpoch } = session.status;
    const words =
      `◌ ${nodeId} has no leader: ${roleInWords(role)}, ${phaseInWords(phase)}, ` +
      `epoch ${acceptedEpoch} promised. Nothing confirmed is lost.`;
    return [{ text: words, style: "warn" }];
  }
  return [];
}

function pastBanner({ past, room }: Session): readonly BannerLine[] {
  if (past === undefined) return [];
  const transaction = transactionOf(past);
  const place = formatZxid(zxidOfPast(past));
  const what =
    transaction === undefined
      ? "before the first event known here"
      : transaction.events.map(eventInWords).join("; ");
  const changes = changesInWords(past.before, past.after, room);
  const changed = changes.length === 0 ? "" : `   changed: ${changes.join(", ")}`;
  const reading =
    past.reading === undefined ? "" : `   reading the log ${Math.floor(past.reading.done * 100)} %`;
  const kept = past.stretch.place?.keptFrom;
  const from =
    kept === undefined
      ? ""
      : `   the log is kept from ${formatZxid(kept)}: scores count from there`;
  return [
    { text: `◀ THIS IS THE PAST  ${place}  ${what}${reading}`, style: "past" },
    { text: `  ${changed.trimStart()}${from}`, style: "past" },
  ];
}

/** Whoever waits for a leader is told so, whatever was said before. */
export function drawMessage(canvas: Canvas, rect: Rect, model: ScreenModel): void {
  const { session, hint } = model;
  const [waiting] = session.pending;
  const standing = standingOf(session);
  if (waiting !== undefined && (standing === "electing" || standing === "lost")) {
    const what = wishInWords(waiting.wish);
    const words = `… ${what} waits for a leader; it will be sent with the same id`;
    canvas.text(rect.x + 1, rect.y, words, "warn", rect.width - 2);
    return;
  }
  const { message } = session;
  if (message === undefined) {
    if (hint && session.past === undefined)
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
    const words = session.past === undefined ? "you only watch" : "the past cannot be changed";
    canvas.text(rect.x + 1, rect.y, words, "faint", rect.width - 2);
    return;
  }
  const label = ` ${PROMPTS[purpose]} › `;
  const x = canvas.text(rect.x, rect.y, label, "accent", rect.width);
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

/** The keys that fit; help and quit always do. */
export function footerEntries(model: ScreenModel, width: number): readonly FooterEntry[] {
  const all = KEYS[contextOf(model)].filter((binding) => isOffered(binding, model));
  const last = all.filter(({ action }) => action === "help" || action === "quit");
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

function isOffered({ action, short }: KeyBinding, { session, purpose }: ScreenModel): boolean {
  if (short === "") return false;
  if (action === "breakThings") return session.status?.admin === true;
  return action !== "complete" || purpose === "command";
}
