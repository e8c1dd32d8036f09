/** Where the keys go, as the screen stands. */
import type { KeyContext } from "./keys.js";
import type { ScreenModel } from "./screen-model.js";

export function contextOf({ overlay, purpose, session }: ScreenModel): KeyContext {
  if (overlay !== undefined) return overlay.kind;
  if (purpose !== "guess") return "line";
  return session.past === undefined ? "play" : "past";
}
