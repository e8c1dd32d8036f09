/** What Enter and Tab do to the line that is being typed. Pure. */

import type { Action } from "./keys.js";
import { emptyLine, lineOf } from "./line-editor.js";
import type { ScreenModel } from "./screen-model.js";
import { doing, enteringRoom, type ScreenStep, saying, sessionStep, still } from "./screen-step.js";
import {
  complete,
  type Known,
  readPlayer,
  readTyped,
  readValue,
  readZxid,
  type Typed,
  type TypedResult,
} from "./typed-command.js";

/** A line was taken: what came of it, or an action that it named and that is yet to be done. */
export interface LineTaken extends ScreenStep {
  readonly action?: Action;
}

/** A wrong line stays as it is, with what is wrong said above it. */
export function submitLine(model: ScreenModel): LineTaken {
  const { purpose, line } = model;
  const text = line.text.trim();
  if (purpose === "guess" && text === "") return saying(model, "info", "type a number first");
  if (purpose === "search") return still({ ...free(model), search: text });
  if (purpose === "player" && text === "") {
    const name = model.session.player ?? model.suggestedPlayer;
    return onTyped(free(model), { kind: "player", name });
  }
  if (purpose === "command" && text === "") return still(free(model));
  const result = readLine(model, text);
  if (!result.ok) return saying(model, "bad", result.problem);
  return onTyped(free(model), result.typed);
}

export function completeLine(model: ScreenModel): ScreenStep {
  if (model.purpose !== "command") return still(model);
  const { text, candidates } = complete(model.line.text, knownOf(model));
  const next = { ...model, line: lineOf(text) };
  if (candidates.length === 1) return still(next);
  const words = candidates.length === 0 ? "nothing fits" : candidates.join("  ");
  return saying(next, "info", words);
}

function readLine(model: ScreenModel, text: string): TypedResult {
  switch (model.purpose) {
    case "guess":
    case "write":
      return readValue(model.purpose, text);
    case "goTo":
      return readZxid(text);
    case "player":
      return readPlayer(text);
    default:
      return readTyped(text, knownOf(model));
  }
}

function onTyped(model: ScreenModel, typed: Typed): LineTaken {
  switch (typed.kind) {
    case "guess":
    case "write":
      return doing({ ...model, hint: false }, { type: "give", wish: typed });
    case "room":
      return enteringRoom(model, typed.name);
    case "player": {
      const step = sessionStep(model, { type: "player", player: typed.name });
      const remember = { type: "rememberPlayer", player: typed.name } as const;
      return { model: step.model, effects: [...step.effects, remember] };
    }
    case "goTo":
      return sessionStep(model, { type: "travel", move: { kind: "goTo", zxid: typed.zxid } });
    case "break":
      if (model.session.status?.admin !== true) {
        return saying(model, "info", "this cluster does not allow it: its file says admin: false");
      }
      return still({ ...model, overlay: { kind: "confirm", wish: typed.wish } });
    case "action":
      return { ...still(model), action: typed.action };
  }
}

function free(model: ScreenModel): ScreenModel {
  return { ...model, purpose: "guess", line: emptyLine };
}

function knownOf({ session }: ScreenModel): Known {
  const nodes = session.cluster?.nodes.map(({ nodeId }) => nodeId) ?? [];
  return { nodes, rooms: [...(session.live?.now.rooms.keys() ?? [])].sort() };
}
