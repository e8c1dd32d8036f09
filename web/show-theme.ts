/** Puts the theme on the whole document; "auto" follows the system, also when that changes. */
import type { Theme } from "./page-model.js";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
let shown: Theme = "auto";

export function showTheme(theme: Theme): void {
  shown = theme;
  apply();
}

function apply(): void {
  const isDark = shown === "auto" ? prefersDark.matches : shown === "dark";
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

prefersDark.addEventListener("change", apply);
