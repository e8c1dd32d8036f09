// Proves that every style can be read in every theme, that styles which must not be confused differ
// without colour too, and which theme an environment gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Style } from "./frame.js";
import { lookOf, type ThemeName, themeFrom } from "./theme.js";

const STYLES: readonly Style[] = [
  "plain",
  "faint",
  "strong",
  "accent",
  "target",
  "good",
  "warn",
  "bad",
  "leader",
  "own",
  "selected",
  "past",
  "border",
  "focus",
];

/** Relative luminance (WCAG) of a palette index from 16 up. */
function luminance(index: number): number {
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  const grey = 8 + 10 * (index - 232);
  const rgb =
    index >= 232
      ? [grey, grey, grey]
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: number, other: number): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// Not pure black and white: most terminals are a little softer, which costs contrast.
const BACKGROUNDS = { dark: 234, light: 255 } as const;

for (const theme of ["dark", "light"] as const) {
  for (const style of STYLES) {
    test(`${theme}: ${style} can be read`, () => {
      const { fg, bg } = lookOf(theme, style);
      assert.equal(bg, undefined, "the terminal's own background");
      if (fg === undefined) return;
      assert.ok(fg >= 16 && fg <= 255, `${fg} is the user's own palette`);
      const ratio = contrast(fg, BACKGROUNDS[theme]);
      assert.ok(ratio >= 4.5, `contrast ${ratio.toFixed(1)}`);
    });
  }
}

test("faint stays within what can be read", () => {
  const dark = lookOf("dark", "faint").fg ?? 0;
  const light = lookOf("light", "faint").fg ?? 0;
  assert.ok(dark >= 244 && dark <= 250, `${dark}`);
  assert.ok(light >= 240 && light <= 244, `${light}`);
});

test("plain has no colour", () => {
  for (const style of STYLES) {
    const { fg, bg } = lookOf("plain", style);
    assert.deepEqual([fg, bg], [undefined, undefined], style);
  }
});

for (const theme of ["dark", "light", "plain"] as const) {
  test(`${theme}: what must not be confused differs without colour`, () => {
    const shape = (style: Style): string => {
      const { bold = false, underline = false, inverse = false } = lookOf(theme, style);
      return `${bold} ${underline} ${inverse}`;
    };
    assert.equal(lookOf(theme, "selected").inverse, true);
    assert.equal(lookOf(theme, "strong").bold, true);
    for (const other of STYLES) {
      if (other !== "selected") assert.notEqual(shape("selected"), shape(other), other);
    }
    assert.notEqual(shape("strong"), shape("plain"));
    assert.notEqual(shape("focus"), shape("border"));
  });
}

test("in plain, the past and the own player differ from plain text", () => {
  assert.equal(lookOf("plain", "past").underline, true);
  assert.equal(lookOf("plain", "own").underline, true);
});

const CHOICES: readonly [Record<string, string | undefined>, ThemeName | undefined, ThemeName][] = [
  [{}, undefined, "dark"],
  [{ NO_COLOR: "1" }, undefined, "plain"],
  [{ NO_COLOR: "" }, undefined, "dark"],
  [{ TERM: "dumb" }, undefined, "plain"],
  [{ TERM: "xterm" }, undefined, "dark"],
  [{ NO_COLOR: "1", TERM: "dumb" }, "light", "light"],
  [{ COLORFGBG: "0;15" }, "dark", "dark"],
  [{ COLORFGBG: "0;15" }, undefined, "light"],
  [{ COLORFGBG: "0;7" }, undefined, "light"],
  [{ COLORFGBG: "0;default;15" }, undefined, "light"],
  [{ COLORFGBG: "15;8" }, undefined, "dark"],
  [{ COLORFGBG: "15;6" }, undefined, "dark"],
  [{ COLORFGBG: "15;default" }, undefined, "dark"],
  [{ COLORFGBG: "" }, undefined, "dark"],
  [{ NO_COLOR: "1", COLORFGBG: "0;15" }, undefined, "plain"],
];

for (const [env, wanted, theme] of CHOICES) {
  test(`${JSON.stringify(env)}, ${wanted ?? "nothing"} wished: ${theme}`, () => {
    assert.equal(themeFrom(env, wanted), theme);
  });
}
