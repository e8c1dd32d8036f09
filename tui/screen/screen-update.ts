/**
 * What happens to the terminal screen, one message after the other: model and message in, model and
 * effects out. Pure; tui/play.ts carries the effects out. What keys do is in on-key.ts.
 */
import type { SessionMessage } from "../../client/session-update.js";
import type { KeyPress, MouseEvent } from "./key-press.js";
import { onKey } from "./on-key.js";
import { onMouse } from "./on-mouse.js";
import type { ScreenModel } from "./screen-model.js";
import { type ScreenStep, sessionStep } from "./screen-step.js";

export type ScreenMessage =
  | { readonly type: "session"; readonly message: SessionMessage }
  | { readonly type: "key"; readonly key: KeyPress }
  | { readonly type: "mouse"; readonly event: MouseEvent }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  /** Nothing but time has passed. */
  | { readonly type: "tick" };

/** `nowMs` is the client's clock. */
export function updateScreen(
  before: ScreenModel,
  message: ScreenMessage,
  nowMs: number,
): ScreenStep {
  const model = { ...before, nowMs };
  switch (message.type) {
    case "session":
      return sessionStep(model, message.message);
    case "key":
      return onKey(model, message.key);
    case "mouse":
      return onMouse(model, message.event);
    case "resize": {
      const { columns, rows } = message;
      return { model: { ...model, columns, rows }, effects: [] };
    }
    case "tick":
      return { model, effects: [] };
  }
}
