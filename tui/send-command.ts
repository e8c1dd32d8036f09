/**
 * Sends one command of a player and says what became of it, to people or to programs. Used by the
 * one-shot commands and by `zabble client`.
 */

import {
  type CommandOutcome,
  type Committed,
  createZabbleClient,
  type ZabbleClient,
} from "../client/zabble-client.js";
import { formatZxid } from "../game/zxid.js";
import { type CommandContext, printJson, printLine } from "./command-context.js";
import type { CommandOptions } from "./command-options.js";
import { ExitCode } from "./exit-code.js";
import { failureFields, reportFailure } from "./report-failure.js";

export type PlayerCommand =
  | { readonly name: "write"; readonly value: number }
  | { readonly name: "guess"; readonly value: number }
  | { readonly name: "close" };

type SendOptions = Pick<CommandOptions, "player" | "room" | "requestId" | "timeout" | "json">;

/** Resolves with the exit code, after everything was printed. */
export async function sendCommand(
  context: CommandContext,
  servers: readonly string[],
  command: PlayerCommand,
  options: SendOptions,
): Promise<number> {
  const { clock, transport } = context;
  const { player, room, requestId = context.requestId(), json } = options;
  const client = createZabbleClient({
    servers,
    transport,
    clock,
    requestId: context.requestId,
    deadlineMs: options.timeout,
  });
  const outcome = await call(client, command, { player, room, requestId });
  if (json === true) {
    const value = "value" in command ? { value: command.value } : {};
    const what = { command: command.name, room, player, ...value, requestId };
    printJson(context.stdout, { ...outcomeFields(outcome), ...what });
  } else if (outcome.kind === "committed") {
    printLine(context.stdout, committedInWords(command, outcome));
  }
  if (outcome.kind === "committed") return ExitCode.done;
  return reportFailure(context, outcome, json === true);
}

function call(
  client: ZabbleClient,
  command: PlayerCommand,
  who: { player: string; room: string; requestId: string },
): Promise<CommandOutcome> {
  switch (command.name) {
    case "write":
      return client.setTarget({ ...who, value: command.value });
    case "guess":
      return client.submitGuess({ ...who, value: command.value });
    case "close":
      return client.closeRound(who);
  }
}

function outcomeFields(outcome: CommandOutcome): object {
  if (outcome.kind !== "committed") return failureFields(outcome);
  const { zxid, round, server, attempts } = outcome;
  const place = { zxid: formatZxid(zxid), zxidDecimal: zxid.toString() };
  return { outcome: "committed", ...place, round, server, attempts };
}

function committedInWords(command: PlayerCommand, { zxid, round }: Committed): string {
  const place = `committed ${formatZxid(zxid)}: round ${round}`;
  switch (command.name) {
    case "write":
      return `${place} is open, target ${command.value}`;
    case "guess":
      return `${place}, your guess ${command.value}`;
    case "close":
      return `${place} is closed`;
  }
}
