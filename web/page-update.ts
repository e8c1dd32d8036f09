/**
 * What happens to the page, one message after the other: model and message in, model and effects
 * out. Pure; run-page.ts carries the effects out.
 */
import type { BreakWish } from "../client/break-cluster.js";
import type { Session } from "../client/session-model.js";
import {
  type SessionEffect,
  type SessionMessage,
  updateSession,
} from "../client/session-update.js";
import type { Dialog, PageModel, Theme } from "./page-model.js";

export type PageMessage =
  | { readonly type: "session"; readonly message: SessionMessage }
  /** The visitor chose the room; one that the address names is told to the session alone. */
  | { readonly type: "enterRoom"; readonly room: string }
  | { readonly type: "open"; readonly dialog: Dialog | undefined }
  | { readonly type: "chooseNode"; readonly nodeId: string | undefined }
  | { readonly type: "theme"; readonly theme: Theme }
  | { readonly type: "breakCluster"; readonly wish: BreakWish }
  /** The page is hidden and has let go of its streams. */
  | { readonly type: "asleep" }
  /** Time has passed. */
  | { readonly type: "tick" };

export type PageEffect =
  | { readonly type: "forSession"; readonly effect: SessionEffect }
  | { readonly type: "breakCluster"; readonly wish: BreakWish }
  /** Keep for the next visit. */
  | { readonly type: "rememberPlayer"; readonly player: string | undefined }
  | { readonly type: "showTheme"; readonly theme: Theme }
  /** The address of the page names the room, so that it can be shared and gone back to. */
  | { readonly type: "showRoom"; readonly room: string };

export interface PageStep {
  readonly model: PageModel;
  readonly effects: readonly PageEffect[];
}

/** `nowMs` is the browser's clock. */
export function updatePage(before: PageModel, message: PageMessage, nowMs: number): PageStep {
  const model = { ...before, nowMs };
  switch (message.type) {
    case "session":
      return afterSessionMessage(model, message.message);
    case "enterRoom": {
      const { room } = message;
      if (room === before.session.room) return still({ ...model, dialog: undefined });
      const step = afterSessionMessage(model, { type: "enterRoom", room });
      return { ...step, effects: [...step.effects, { type: "showRoom", room }] };
    }
    case "tick":
      return afterSessionMessage(model, { type: "tick" });
    case "asleep":
      return still({ ...model, isAsleep: true });
    case "open":
      return still({ ...model, dialog: message.dialog });
    case "chooseNode":
      return still({ ...model, chosenNode: message.nodeId });
    case "theme": {
      const { theme } = message;
      return { model: { ...model, theme }, effects: [{ type: "showTheme", theme }] };
    }
    case "breakCluster":
      return { model, effects: [{ type: "breakCluster", wish: message.wish }] };
  }
}

function still(model: PageModel): PageStep {
  return { model, effects: [] };
}

function afterSessionMessage(model: PageModel, message: SessionMessage): PageStep {
  const { session, effects } = updateSession(model.session, message, model.nowMs);
  const stillUpTo = stillUpToAfter(model, session);
  const next = { ...model, session, stillUpTo, isAsleep: model.isAsleep && !isAwakening(message) };
  const own: PageEffect[] = effects.map((effect) => ({ type: "forSession", effect }));
  if (message.type === "player") own.push({ type: "rememberPlayer", player: session.player });
  const isChoice = message.type === "enterRoom" || message.type === "player";
  return { model: isChoice ? { ...next, dialog: undefined } : next, effects: own };
}

/** Only a server, or a failure to reach one, makes true again what the page says of itself. */
function isAwakening(message: SessionMessage): boolean {
  return message.type === "connection" && message.change.state !== "connecting";
}

/** What is seen for the first time did not happen before the viewer's eyes. */
function stillUpToAfter({ session: was, stillUpTo }: PageModel, is: Session): bigint {
  const isAnew =
    was.live?.base !== is.live?.base || was.room !== is.room || (was.past ?? is.past) !== undefined;
  return isAnew ? (is.live?.now.zxid ?? 0n) : stillUpTo;
}
