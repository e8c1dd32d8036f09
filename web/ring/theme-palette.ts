/** The colours of the page as it is shown, read once for each theme: asking for them is dear. */
import { type Palette, paletteOf } from "./paint-sparks.js";

export interface ThemePalette {
  current(): Palette;
  stop(): void;
}

/** `onChange` hears that `current` gives other colours from now on. */
export function createThemePalette(element: Element, onChange: () => void): ThemePalette {
  let palette: Palette | undefined;
  const root = element.ownerDocument.documentElement;
  const themes = new MutationObserver(() => {
    palette = undefined;
    onChange();
  });
  themes.observe(root, { attributeFilter: ["data-theme"] });
  return {
    current() {
      palette ??= paletteOf(element);
      return palette;
    },
    stop: () => themes.disconnect(),
  };
}
