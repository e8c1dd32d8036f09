/**
 * What the page remembers of its visitor, in the browser. A convenience: where nothing may be kept,
 * the game goes on.
 */
export type Setting = "player" | "theme";

export function kept(setting: Setting): string | undefined {
  try {
    return localStorage.getItem(`zabble.${setting}`) ?? undefined;
  } catch {
    // The visitor's browser keeps nothing.
    return undefined;
  }
}

export function keep(setting: Setting, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`zabble.${setting}`);
    else localStorage.setItem(`zabble.${setting}`, value);
  } catch {
    // As above: the page asks again next time.
  }
}
