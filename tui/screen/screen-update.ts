/**
 * What happens to the terminal screen, one message after the other: model and message in, model and
 * effects out. Pure; tui/play.ts carries the effects out. What keys do is in on-key.ts.
 */
import { type Session, shownRoom } from "../../client/session-model.js";
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
      return anchored(model, sessionStep(model, message.message));
    case "key":
      return onKey(model, message.key);
    case "mouse":
      return onMouse(model, message.event);
    case "resize": {
      const { columns, rows } = message;
      return { model: { ...model, columns, rows }, effects: [] };
    }
    case "tick":
      return sessionStep(model, { type: "tick" });
  }
}

/** A list that was scrolled away from its top stands still while it grows above. */
function anchored({ session: before, scroll }: ScreenModel, step: ScreenStep): ScreenStep {
  const { session } = step.model;
  if (scroll.guesses === 0 && scroll.events === 0) return step;
  const events = scroll.events === 0 ? 0 : scroll.events + newTransactions(before, session);
  const guesses = scroll.guesses === 0 ? 0 : scroll.guesses + newGuesses(before, session);
  return { ...step, model: { ...step.model, scroll: { ...scroll, events, guesses } } };
}

function newTransactions({ live: before }: Session, { live, past }: Session): number {
  const seen = before?.now.zxid;
  if (seen === undefined || live === undefined || past !== undefined) return 0;
  const older = live.transactions.findLastIndex(({ zxid }) => zxid <= seen);
  return live.transactions.length - 1 - older;
}

function newGuesses(before: Session, after: Session): number {
  const was = shownRoom(before);
  const is = shownRoom(after);
  if (was?.status !== "open" || is?.status !== "open" || was.round !== is.round) return 0;
  return Math.max(0, is.guessCount - was.guessCount);
}
