/**
 * Commands by name, as typed after ":": one table for reading, completing and explaining them. What
 * is wrong is said in words that name what is allowed.
 */
import type { BreakWish } from "../../client/break-cluster.js";
import { VALUE_MAX, VALUE_MIN } from "../../game/limits.js";
import { PLAYER_RULE, playerName, ROOM_RULE, roomName } from "../../game/names.js";
import { quote } from "../../game/quote.js";
import { parseZxid } from "../../game/zxid.js";
import type { Action } from "./keys.js";

export type Typed =
  | { readonly kind: "guess" | "write"; readonly value: number }
  | { readonly kind: "room"; readonly name: string }
  | { readonly kind: "player"; readonly name: string }
  | { readonly kind: "goTo"; readonly zxid: bigint }
  | { readonly kind: "break"; readonly wish: BreakWish }
  /** The same as a key. */
  | { readonly kind: "action"; readonly action: Action };

export type TypedResult =
  | { readonly ok: true; readonly typed: Typed }
  | { readonly ok: false; readonly problem: string };

/** What completion may offer. */
export interface Known {
  readonly nodes: readonly string[];
  readonly rooms: readonly string[];
}

interface TypedCommand {
  readonly name: string;
  /** What follows the name, for the help. */
  readonly takes: string;
  readonly does: string;
  readonly read: (words: readonly string[], known: Known) => TypedResult;
  /** Candidates for the word at this place, 0 the first after the name. */
  readonly offer?: (place: number, known: Known) => readonly string[];
}

const nodesFirst = (place: number, { nodes }: Known) => (place === 0 ? nodes : []);

export const TYPED_COMMANDS: readonly TypedCommand[] = [
  valueCommand("guess", "guesses in the open round"),
  valueCommand("write", "sets a target"),
  actionCommand("close", "closeRound", "closes the round"),
  {
    name: "room",
    takes: "NAME",
    does: "enters a room; its first target brings a new one into being",
    read: ([name = ""]) => {
      const room = name === "" ? undefined : roomName(name);
      if (room === undefined) return wrong(`a room's name is ${ROOM_RULE}, not ${quote(name)}`);
      return right({ kind: "room", name: room });
    },
    offer: (place, { rooms }) => (place === 0 ? rooms : []),
  },
  actionCommand("rooms", "rooms", "lists the rooms"),
  {
    name: "player",
    takes: "NAME",
    does: "plays under another name",
    read: (words) => readPlayer(words.join(" ")),
  },
  {
    name: "goto",
    takes: "ZXID",
    does: "shows the past at a zxid such as 3.1842",
    read: ([text = ""]) => readZxid(text),
  },
  actionCommand("past", "travel", "steps back through the log"),
  actionCommand("live", "live", "back to what is now"),
  breakCommand("kill", "kill", "ends a node's process"),
  breakCommand("pause", "pause", "makes a node deaf and mute for 10 s"),
  breakCommand("resume", "resume", "ends a node's pause"),
  breakCommand("isolate", "isolate", "cuts a node off from all others"),
  {
    name: "cut",
    takes: "NODE NODE",
    does: "cuts the link between two nodes",
    read: ([nodeId = "", peerId = ""], { nodes }) => {
      const both = nodes.includes(nodeId) && nodes.includes(peerId) && nodeId !== peerId;
      if (!both) return wrong(`cut takes two different nodes of ${nodes.join(", ")}`);
      return right({ kind: "break", wish: { action: "cut", nodeId, peerId } });
    },
    offer: (place, { nodes }) => (place < 2 ? nodes : []),
  },
  {
    name: "heal",
    takes: "",
    does: "heals all links of all nodes",
    read: () => right({ kind: "break", wish: { action: "heal", nodeId: "" } }),
  },
  breakCommand("stepdown", "stepDown", "asks a leader to give up"),
  actionCommand("mouse", "mouse", "mouse on or off"),
  actionCommand("theme", "theme", "the next theme"),
  actionCommand("help", "help", "all keys and commands"),
  actionCommand("quit", "quit", "ends the screen"),
];

/** Reads a line without its colon. A bare number is a guess. */
export function readTyped(text: string, known: Known): TypedResult {
  const [name = "", ...words] = text.trim().split(/\s+/);
  if (/^\d+$/.test(name) && words.length === 0) return readValue("guess", name);
  const command = TYPED_COMMANDS.find((one) => one.name === name);
  if (command !== undefined) {
    const takes = command.takes === "" ? 0 : command.takes.split(" ").length;
    // A player's name may have spaces in it.
    const isTooMuch = words.length > takes && command.name !== "player";
    if (isTooMuch)
      return wrong(`${name} takes ${command.takes || "nothing"}, not "${words.join(" ")}"`);
    return command.read(words, known);
  }
  return wrong(`there is no command ${quote(name)}; Tab lists them, ? explains them`);
}

/** The line with its last word completed as far as all candidates agree, and the candidates. */
export function complete(
  text: string,
  known: Known,
): { readonly text: string; readonly candidates: readonly string[] } {
  const words = text.trimStart().split(/\s+/);
  const begun = words.at(-1) ?? "";
  const place = words.length - 2;
  const command = TYPED_COMMANDS.find((one) => one.name === words[0]);
  const all =
    place < 0 ? TYPED_COMMANDS.map(({ name }) => name) : (command?.offer?.(place, known) ?? []);
  const candidates = all.filter((candidate) => candidate.startsWith(begun));
  const [first] = candidates;
  if (first === undefined) return { text, candidates };
  const shared = candidates.reduce(sharedBeginning);
  const done = candidates.length === 1 ? `${first} ` : shared;
  return { text: text.slice(0, text.length - begun.length) + done, candidates };
}

/** A target or a guess. */
export function readValue(kind: "guess" | "write", text: string): TypedResult {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= VALUE_MIN && value <= VALUE_MAX) return right({ kind, value });
  const what = kind === "guess" ? "guess" : "target";
  const said = text === "" ? "nothing" : quote(text);
  return wrong(`a ${what} is a whole number from ${VALUE_MIN} to ${VALUE_MAX}, not ${said}`);
}

export function readPlayer(text: string): TypedResult {
  const name = playerName(text);
  if (name === undefined) return wrong(`a player's name is ${PLAYER_RULE}`);
  return right({ kind: "player", name });
}

export function readZxid(text: string): TypedResult {
  const zxid = parseZxid(text);
  if (zxid === undefined) return wrong(`a zxid is written epoch.counter, such as 3.1842`);
  return right({ kind: "goTo", zxid });
}

function valueCommand(kind: "guess" | "write", does: string): TypedCommand {
  return { name: kind, takes: "N", does, read: ([text = ""]) => readValue(kind, text) };
}

function actionCommand(name: string, action: Action, does: string): TypedCommand {
  return { name, takes: "", does, read: () => right({ kind: "action", action }) };
}

function breakCommand(name: string, action: BreakWish["action"], does: string): TypedCommand {
  return {
    name,
    takes: "NODE",
    does,
    read: ([nodeId = ""], { nodes }) => {
      if (!nodes.includes(nodeId)) return wrong(`${name} takes a node: ${nodes.join(", ")}`);
      return right({ kind: "break", wish: { action, nodeId } });
    },
    offer: nodesFirst,
  };
}

function sharedBeginning(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

function right(typed: Typed): TypedResult {
  return { ok: true, typed };
}

function wrong(problem: string): TypedResult {
  return { ok: false, problem };
}
