/** What each action of the key table does to the screen. Pure. */
import type { Move } from "../../client/past-update.js";
import { contextOf } from "./key-context.js";
import type { KeyPress } from "./key-press.js";
import { type Action, actionOf, type KeyContext } from "./keys.js";
import { COLUMNS_MIN, ROWS_MIN } from "./layout.js";
import { edited, emptyLine } from "./line-editor.js";
import { completeLine, submitLine } from "./on-line.js";
import { onOverlayKey } from "./on-overlay.js";
import { type LinePurpose, PANES, type ScreenModel } from "./screen-model.js";
import { doing, type ScreenStep, saying, sessionStep, still } from "./screen-step.js";
import { nextTheme } from "./theme.js";
import { scrollRange } from "./view.js";

export function onKey(model: ScreenModel, key: KeyPress): ScreenStep {
  if (model.columns < COLUMNS_MIN || model.rows < ROWS_MIN) return onGateKey(model, key);
  const context = contextOf(model);
  const action = actionOf(context, key.name);
  if (action !== undefined) return onAction(model, context, action);
  if (context === "rooms") return onOverlayKey(model, key);
  if (context === "line") return typed(model, key);
  if (context === "play" && isForGuess(key)) {
    return model.session.player === undefined ? onlyWatching(model) : typed(model, key);
  }
  return still(model);
}

/** Whatever may be done, by key, by click or by typed command. */
export function onAction(model: ScreenModel, context: KeyContext, action: Action): ScreenStep {
  if (action === "redraw" || action === "suspend") return doing(model, { type: action });
  if (model.overlay !== undefined && context === model.overlay.kind) {
    return onOverlayKey(model, action);
  }
  switch (action) {
    case "submit": {
      const taken = submitLine(model);
      if (taken.action === undefined) return taken;
      return onAction(taken.model, contextOf(taken.model), taken.action);
    }
    case "cancel":
      return cancelled(model);
    case "complete":
      return completeLine(model);
    case "write":
      return model.session.player === undefined ? onlyWatching(model) : asks(model, "write");
    case "command":
      return asks(model, "command");
    case "search":
      return asks({ ...model, focus: "guesses" }, "search");
    case "goTo":
      return asks(model, "goTo");
    case "player":
      return asks(model, "player");
    case "closeRound":
      return doing(model, { type: "give", wish: { kind: "close" } });
    case "rooms":
      return still({ ...model, overlay: { kind: "rooms", typed: emptyLine, chosen: 0 } });
    case "breakThings":
      return breaking(model);
    case "help":
      return still({ ...model, overlay: { kind: "help", top: 0 } });
    case "nextPane":
    case "previousPane":
      return focused(model, action === "nextPane" ? 1 : -1);
    case "up":
    case "down":
    case "pageUp":
    case "pageDown":
    case "top":
    case "bottom":
      return scrolled(model, action);
    case "mouse":
      return toldTerminal(
        { ...model, mouse: !model.mouse },
        model.mouse ? "the mouse is off" : "the mouse is on; hold Shift to select text",
      );
    case "theme": {
      const theme = nextTheme(model.theme);
      return toldTerminal({ ...model, theme }, `the theme is ${theme}`);
    }
    case "quit":
    case "interrupt":
      return doing(model, { type: "quit", interrupted: action === "interrupt" });
    default:
      return travelling(model, action);
  }
}

/** The moves through time; anything else is for an overlay that is not open. */
const MOVES: Readonly<Partial<Record<Action, Move>>> = {
  travel: { kind: "enter" },
  live: { kind: "leave" },
  older: { kind: "stride", stride: "event", direction: "older" },
  newer: { kind: "stride", stride: "event", direction: "newer" },
  roundBack: { kind: "stride", stride: "round", direction: "older" },
  roundOn: { kind: "stride", stride: "round", direction: "newer" },
  leaderBack: { kind: "stride", stride: "leader", direction: "older" },
  leaderOn: { kind: "stride", stride: "leader", direction: "newer" },
  oldest: { kind: "edge", direction: "older" },
  newest: { kind: "edge", direction: "newer" },
};

function travelling(model: ScreenModel, action: Action): ScreenStep {
  const move = MOVES[action];
  return move === undefined ? still(model) : sessionStep(model, { type: "travel", move });
}

function onGateKey(model: ScreenModel, key: KeyPress): ScreenStep {
  const action = actionOf("play", key.name);
  const quits = action === "quit" || action === "interrupt";
  return quits ? onAction(model, "play", action) : still(model);
}

function typed(model: ScreenModel, key: KeyPress): ScreenStep {
  const line = edited(model.line, key);
  return still(line === undefined ? model : { ...model, line });
}

/** A guess is a number, so every letter stays free for a key of its own. */
function isForGuess({ name, text }: KeyPress): boolean {
  return /^[0-9]$/.test(text) || ["backspace", "delete", "left", "right", "C-u"].includes(name);
}

function onlyWatching(model: ScreenModel): ScreenStep {
  return saying(model, "info", "you only watch; n takes a name");
}

function asks(model: ScreenModel, purpose: LinePurpose): ScreenStep {
  return still({ ...model, purpose, line: emptyLine });
}

function cancelled(model: ScreenModel): ScreenStep {
  const session = { ...model.session, message: undefined };
  const free = { ...model, session, purpose: "guess", line: emptyLine } as const;
  return still(model.purpose === "guess" ? { ...free, search: "" } : free);
}

function breaking(model: ScreenModel): ScreenStep {
  const { cluster, status } = model.session;
  if (status?.admin !== true) {
    return saying(model, "info", "this cluster does not allow it: its file says admin: false");
  }
  if (cluster === undefined) return saying(model, "info", "the nodes have not answered yet");
  const leader = cluster.nodes.findIndex(({ nodeId }) => nodeId === cluster.leader?.nodeId);
  const chosen = Math.max(0, leader);
  return still({ ...model, overlay: { kind: "breaking", chosen, cutFrom: undefined } });
}

function toldTerminal(model: ScreenModel, words: string): ScreenStep {
  return { ...saying(model, "info", words), effects: [{ type: "setTerminal" }] };
}

function focused(model: ScreenModel, step: 1 | -1): ScreenStep {
  const index = (PANES.indexOf(model.focus) + step + PANES.length) % PANES.length;
  return still({ ...model, focus: PANES[index] ?? "guesses" });
}

function scrolled(
  model: ScreenModel,
  action: "up" | "down" | "pageUp" | "pageDown" | "top" | "bottom",
): ScreenStep {
  const { focus } = model;
  if (focus === "events" && model.session.past !== undefined) return throughTime(model, action);
  const { all, shown } = scrollRange(model, focus);
  const last = Math.max(0, all - shown);
  const steps = { up: -1, down: 1, pageUp: -shown, pageDown: shown, top: -all, bottom: all };
  // Lists that became shorter may have left the view beyond their end.
  const from = Math.min(model.scroll[focus], last);
  const top = Math.min(last, Math.max(0, from + steps[action]));
  return still({ ...model, scroll: { ...model.scroll, [focus]: top } });
}

/** In the past the list of events is the way that one walks: newer ones stand above. */
function throughTime(model: ScreenModel, action: Action): ScreenStep {
  if (action === "up") return travelling(model, "newer");
  return action === "down" ? travelling(model, "older") : still(model);
}
