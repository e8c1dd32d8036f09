/** What keys do while a box lies over the screen. Pure. */
import type { BreakAction } from "../../client/break-cluster.js";
import { roomChoices } from "../../client/room-choices.js";
import { ROOM_RULE, roomName } from "../../game/names.js";
import { helpLines } from "./help.js";
import type { KeyPress } from "./key-press.js";
import type { Action } from "./keys.js";
import { edited } from "./line-editor.js";
import type { Overlay, ScreenModel } from "./screen-model.js";
import { doing, enteringRoom, type ScreenStep, saying, still } from "./screen-step.js";
import { helpHeight, helpWidth } from "./view-overlays.js";

/** An action of the overlay's own keys, or a key that is none of them. */
export function onOverlayKey(model: ScreenModel, what: Action | KeyPress): ScreenStep {
  const { overlay } = model;
  if (overlay === undefined) return still(model);
  if (what === "cancel") return cancelled(model, overlay);
  switch (overlay.kind) {
    case "help":
      return still({ ...model, overlay: { ...overlay, top: helpTop(model, overlay.top, what) } });
    case "rooms":
      return onRooms(model, overlay, what);
    case "breaking":
      return onBreaking(model, overlay, what);
    case "confirm":
      if (what !== "yes") return still(model);
      return doing({ ...model, overlay: undefined }, { type: "break", wish: overlay.wish });
  }
}

/** From choosing the other end of a link back to the list; from anywhere else back to the game. */
function cancelled(model: ScreenModel, overlay: Overlay): ScreenStep {
  const isCutting = overlay.kind === "breaking" && overlay.cutFrom !== undefined;
  return still({ ...model, overlay: isCutting ? { ...overlay, cutFrom: undefined } : undefined });
}

function helpTop(model: ScreenModel, top: number, what: Action | KeyPress): number {
  const height = helpHeight(model.rows);
  const last = Math.max(0, helpLines(helpWidth(model.columns)).length - height);
  const steps: Partial<Record<Action, number>> = {
    up: -1,
    down: 1,
    pageUp: -height,
    pageDown: height,
  };
  const step = typeof what === "string" ? (steps[what] ?? 0) : 0;
  return Math.min(last, Math.max(0, top + step));
}

function onRooms(
  model: ScreenModel,
  overlay: Extract<Overlay, { readonly kind: "rooms" }>,
  what: Action | KeyPress,
): ScreenStep {
  const choices = roomChoices(model.session, overlay.typed.text);
  if (what === "up" || what === "down") {
    const next = overlay.chosen + (what === "up" ? -1 : 1);
    const chosen = Math.min(Math.max(0, choices.length - 1), Math.max(0, next));
    return still({ ...model, overlay: { ...overlay, chosen } });
  }
  if (what === "submit") {
    const { name } = choices[overlay.chosen] ?? { name: "" };
    const room = name === "" ? undefined : roomName(name);
    if (room === undefined) return saying(model, "bad", `a room's name is ${ROOM_RULE}`);
    return enteringRoom({ ...model, overlay: undefined }, room);
  }
  const typed = typeof what === "string" ? undefined : edited(overlay.typed, what);
  if (typed === undefined) return still(model);
  return still({ ...model, overlay: { ...overlay, typed, chosen: 0 } });
}

const BREAK_ACTIONS: Readonly<Partial<Record<Action, BreakAction>>> = {
  kill: "kill",
  pause: "pause",
  resume: "resume",
  isolate: "isolate",
  heal: "heal",
  stepDown: "stepDown",
};

function onBreaking(
  model: ScreenModel,
  overlay: Extract<Overlay, { readonly kind: "breaking" }>,
  what: Action | KeyPress,
): ScreenStep {
  const nodes = model.session.cluster?.nodes ?? [];
  const nodeId = nodes[overlay.chosen]?.nodeId;
  if (typeof what !== "string" || nodeId === undefined) return still(model);
  if (what === "up" || what === "down") {
    const chosen = (overlay.chosen + (what === "up" ? -1 : 1) + nodes.length) % nodes.length;
    return still({ ...model, overlay: { ...overlay, chosen } });
  }
  const { cutFrom } = overlay;
  if (what === "cutLink") {
    if (cutFrom === undefined) {
      return still({ ...model, overlay: { ...overlay, cutFrom: nodeId } });
    }
    if (cutFrom === nodeId) return saying(model, "info", "choose another node than the first");
    const wish = { action: "cut", nodeId: cutFrom, peerId: nodeId } as const;
    return still({ ...model, overlay: { kind: "confirm", wish } });
  }
  const action = BREAK_ACTIONS[what];
  if (action === undefined || cutFrom !== undefined) return still(model);
  return still({ ...model, overlay: { kind: "confirm", wish: { action, nodeId } } });
}
