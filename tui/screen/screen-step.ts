/** What comes of one message to the screen: a new model and what is to be done. */
import type { BreakWish } from "../../client/break-cluster.js";
import type { Wish } from "../../client/pending-command.js";
import type { Message } from "../../client/session-model.js";
import {
  type SessionEffect,
  type SessionMessage,
  updateSession,
} from "../../client/session-update.js";
import { NOT_SCROLLED, type ScreenModel } from "./screen-model.js";

export type ScreenEffect =
  | SessionEffect
  /** Give it a request id and hand it back as the session's "wish". */
  | { readonly type: "give"; readonly wish: Wish }
  | { readonly type: "break"; readonly wish: BreakWish }
  | { readonly type: "rememberPlayer"; readonly player: string }
  /** Mouse or theme changed: the terminal must be told. */
  | { readonly type: "setTerminal" }
  | { readonly type: "redraw" }
  | { readonly type: "suspend" }
  | { readonly type: "quit"; readonly interrupted: boolean };

export interface ScreenStep {
  readonly model: ScreenModel;
  readonly effects: readonly ScreenEffect[];
}

/** Nothing to be done. */
export function still(model: ScreenModel): ScreenStep {
  return { model, effects: [] };
}

export function doing(model: ScreenModel, ...effects: readonly ScreenEffect[]): ScreenStep {
  return { model, effects };
}

/** The session takes a message. */
export function sessionStep(model: ScreenModel, message: SessionMessage): ScreenStep {
  const { session, effects } = updateSession(model.session, message, model.nowMs);
  return { model: { ...model, session }, effects };
}

/** Another room, seen from its top. */
export function enteringRoom(model: ScreenModel, room: string): ScreenStep {
  const entered = sessionStep(model, { type: "enterRoom", room });
  return { ...entered, model: { ...entered.model, scroll: NOT_SCROLLED } };
}

/** A line for the player. */
export function saying(model: ScreenModel, kind: Message["kind"], text: string): ScreenStep {
  return sessionStep(model, { type: "say", kind, text });
}
