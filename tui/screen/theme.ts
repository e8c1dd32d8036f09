/**
 * How each style of frame.ts looks, and which theme a terminal gets. Pure. It knows palette
 * indexes, no escape codes: those are terminal.ts's.
 */
import type { Style } from "./frame.js";

/** "plain" has no colour at all, for NO_COLOR and for terminals that can do little. */
export type ThemeName = "dark" | "light" | "plain";

/** What is missing is the terminal's own. */
export interface Look {
  /** Palette index, 0 to 255. */
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

/**
 * Colours are from 16 up: those below are whatever the user's palette made of them, some of them
 * unreadable. Each keeps its contrast when a terminal with eight colours shows its nearest.
 */
const THEMES: Readonly<Record<ThemeName, Readonly<Record<Style, Look>>>> = {
  dark: {
    plain: {},
    faint: { fg: 247 },
    strong: { bold: true },
    accent: { fg: 123 },
    target: { fg: 213, bold: true },
    good: { fg: 120 },
    warn: { fg: 214 },
    bad: { fg: 209 },
    leader: { fg: 227, bold: true },
    own: { fg: 159, bold: true },
    selected: { bold: true, inverse: true },
    past: { fg: 225 },
    border: { fg: 246 },
    focus: { fg: 123, bold: true },
  },
  light: {
    plain: {},
    faint: { fg: 241 },
    strong: { bold: true },
    accent: { fg: 24 },
    target: { fg: 127, bold: true },
    good: { fg: 22 },
    warn: { fg: 94 },
    bad: { fg: 124 },
    leader: { fg: 90, bold: true },
    own: { fg: 54, bold: true },
    selected: { bold: true, inverse: true },
    past: { fg: 91 },
    border: { fg: 241 },
    focus: { fg: 24, bold: true },
  },
  plain: {
    plain: {},
    faint: {},
    strong: { bold: true },
    accent: { bold: true },
    target: { bold: true },
    good: {},
    warn: { bold: true },
    bad: { bold: true, underline: true },
    leader: { bold: true },
    own: { underline: true },
    selected: { inverse: true },
    past: { underline: true },
    border: {},
    focus: { bold: true },
  },
};

export function lookOf(theme: ThemeName, style: Style): Look {
  return THEMES[theme][style];
}

/** The theme that was asked for, else the one that the environment speaks for. */
export function themeFrom(
  env: Readonly<Record<string, string | undefined>>,
  wanted?: ThemeName,
): ThemeName {
  if (wanted !== undefined) return wanted;
  if ((env.NO_COLOR ?? "") !== "" || env.TERM === "dumb") return "plain";
  // "foreground;background", of the sixteen first colours; 8 is the dark grey.
  const background = Number(env.COLORFGBG?.split(";").at(-1) ?? 0);
  return background >= 7 && background !== 8 ? "light" : "dark";
}

export const THEME_NAMES: readonly ThemeName[] = ["dark", "light", "plain"];

/** The one after it, for whoever tries them all. */
export function nextTheme(theme: ThemeName): ThemeName {
  const index = (THEME_NAMES.indexOf(theme) + 1) % THEME_NAMES.length;
  return THEME_NAMES[index] ?? "plain";
}
