/** A command as text, for the way from a follower to the leader. The leader trusts no text. */
import { checkCommand } from "../game/check-command.js";
import type { Command } from "../game/command.js";

export function commandToText(command: Command): string {
  return JSON.stringify(command);
}

/** Undefined if the text is no well-formed command with that request id. */
export function commandFromText(text: string, requestId: string): Command | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // Whatever it was, it is no command.
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...raw };
  const { type, room, player, value } = fields;
  if (type !== "SetTarget" && type !== "SubmitGuess" && type !== "CloseRound") return undefined;
  const checked = checkCommand({
    type,
    room: typeof room === "string" ? room : undefined,
    player: typeof player === "string" ? player : undefined,
    value: typeof value === "number" ? value : undefined,
    requestId,
  });
  return checked.ok && requestId !== "" ? checked.command : undefined;
}
