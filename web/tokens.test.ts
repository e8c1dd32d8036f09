// Proves that the colours can be told apart, light and dark: words from what is behind them, and
// the edges of fields and buttons from what is beside them (WCAG 2.1, 1.4.3 and 1.4.11).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split('[data-theme="dark"]');

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const [theme, rules] of Object.entries({ light, dark })) {
  const colour = (token: string): string =>
    new RegExp(`--${token}: (#[0-9a-f]{6});`).exec(rules)?.[1] ?? assert.fail(`no ${token}`);
  function assertContrast(one: string, other: string, atLeast: number): void {
    const [less = 0, more = 0] = [one, other]
      .map((token) => luminance(colour(token)))
      .sort((dim, bright) => dim - bright);
    const contrast = (more + 0.05) / (less + 0.05);
    assert.ok(contrast >= atLeast, `${theme}: ${one} on ${other} has ${contrast.toFixed(2)}:1`);
  }

  test(`${theme}: the edges of fields and buttons are seen`, () => {
    for (const behind of ["surface", "raised", "bg"]) assertContrast("edge", behind, 3);
  });

  test(`${theme}: words are read`, () => {
    for (const words of ["text", "faint", "good", "warn", "bad", "past"]) {
      for (const behind of ["surface", "bg"]) assertContrast(words, behind, 4.5);
    }
    assertContrast("on-accent", "accent", 4.5);
    assertContrast("past", "past-surface", 4.5);
  });
}
