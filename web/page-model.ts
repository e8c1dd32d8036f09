/**
 * The whole state of the page: the player's session, and what only the page has (the chosen node,
 * an open dialog, the theme). Replaced by page-update.ts, drawn by page.tsx, never changed.
 */
import { newSession, type Session } from "../client/session-model.js";

export type Dialog = "rooms" | "player" | "invite";

/** "auto" is what the system prefers. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface PageModel {
  readonly session: Session;
  /** The clock at the last message, milliseconds since 1970. */
  readonly nowMs: number;
  /** The page was hidden and let go of its streams; it has not heard from the server since. */
  readonly isAsleep: boolean;
  readonly dialog: Dialog | undefined;
  /** The node whose card is open. */
  readonly chosenNode: string | undefined;
  readonly theme: Theme;
  /** Guesses up to here were there when the page began to look: they do not drop onto the line. */
  readonly stillUpTo: bigint;
}

export interface PageSetting {
  /** Undefined asks for a name. */
  readonly player: string | undefined;
  readonly room: string;
  readonly theme: Theme;
  readonly nowMs: number;
}

export function newPage({ player, room, theme, nowMs }: PageSetting): PageModel {
  return {
    session: newSession(player, room, nowMs),
    nowMs,
    isAsleep: false,
    dialog: player === undefined ? "player" : undefined,
    chosenNode: undefined,
    theme,
    stillUpTo: 0n,
  };
}
