/**
 * The whole state of the terminal screen: the player's session, and what only a terminal has (size,
 * focus, scrolling, what is being typed). Replaced by screen-update.ts, drawn by view.ts, never
 * changed.
 */
import type { BreakWish } from "../../client/break-cluster.js";
import { newSession, type Session } from "../../client/session-model.js";
import { emptyLine, type Line } from "./line-editor.js";
import type { ThemeName } from "./theme.js";

/** In the order in which Tab walks through them. */
export const PANES = ["guesses", "scores", "events", "cluster"] as const;
export type Pane = (typeof PANES)[number];

/** What a typed line is for. "guess" is what digits go to while nothing else is asked. */
export type LinePurpose = "guess" | "write" | "command" | "search" | "goTo" | "player";

export type Overlay =
  | { readonly kind: "help"; readonly top: number }
  /** `typed` narrows the list down, or names a room that does not exist yet. */
  | { readonly kind: "rooms"; readonly typed: Line; readonly chosen: number }
  /** With `cutFrom`, the second node of a link is being chosen. */
  | { readonly kind: "breaking"; readonly chosen: number; readonly cutFrom: string | undefined }
  | { readonly kind: "confirm"; readonly wish: BreakWish };

export interface ScreenModel {
  readonly session: Session;
  readonly columns: number;
  readonly rows: number;
  /** The client's clock at the last message. */
  readonly nowMs: number;
  readonly focus: Pane;
  /** Lines above the first that is shown. */
  readonly scroll: Readonly<Record<Pane, number>>;
  readonly purpose: LinePurpose;
  readonly line: Line;
  readonly overlay: Overlay | undefined;
  /** Shows only the guesses of players whose name contains this; "" shows all. */
  readonly search: string;
  readonly mouse: boolean;
  readonly theme: ThemeName;
  /** Whether the newcomer's hint is still shown. */
  readonly hint: boolean;
  /** The name that Enter takes where none is typed. */
  readonly suggestedPlayer: string;
}

export interface ScreenSetting {
  /** Undefined asks for one, unless `spectator`. */
  readonly player: string | undefined;
  readonly suggestedPlayer: string;
  readonly spectator: boolean;
  readonly room: string;
  readonly columns: number;
  readonly rows: number;
  readonly mouse: boolean;
  readonly theme: ThemeName;
  readonly nowMs: number;
}

export const NOT_SCROLLED: ScreenModel["scroll"] = { guesses: 0, scores: 0, events: 0, cluster: 0 };

export function newScreen(setting: ScreenSetting): ScreenModel {
  const { player, suggestedPlayer, spectator, room, columns, rows, mouse, theme, nowMs } = setting;
  const asks = player === undefined && !spectator;
  return {
    session: newSession(player, room, nowMs),
    columns,
    rows,
    nowMs,
    focus: "guesses",
    scroll: NOT_SCROLLED,
    purpose: asks ? "player" : "guess",
    line: emptyLine,
    overlay: undefined,
    search: "",
    mouse,
    theme,
    hint: true,
    suggestedPlayer,
  };
}
