/** Reads a room once and prints it. Used by `zabble read` and `zabble client`. */
import { createZabbleClient } from "../client/zabble-client.js";
import { roomFromMessage } from "../game/view.js";
import { Consistency, type GetGameResponse } from "../gen/zabble/v1/game_pb.js";
import { type CommandContext, printJson, printLine } from "./command-context.js";
import type { CallOptions } from "./command-options.js";
import { ExitCode } from "./exit-code.js";
import { failureFields, reportFailure } from "./report-failure.js";
import { roomJson, roomLines, zxidFields } from "./room-text.js";

export interface ReadOptions extends Pick<CallOptions, "timeout" | "json"> {
  readonly room: string;
  readonly consistency: "linearizable" | "local";
}

/** Resolves with the exit code, after everything was printed. */
export async function readRoom(
  context: CommandContext,
  servers: readonly string[],
  options: ReadOptions,
): Promise<number> {
  const { clock, transport, requestId, stdout } = context;
  const { room, json = false, timeout: deadlineMs } = options;
  const client = createZabbleClient({ servers, transport, clock, requestId, deadlineMs });
  const consistency =
    options.consistency === "local" ? Consistency.LOCAL : Consistency.LINEARIZABLE;
  const outcome = await client.getGame({ room, consistency });
  if (outcome.kind !== "ok") {
    if (json) printJson(stdout, { ...failureFields(outcome), room });
    return reportFailure(context, outcome, json);
  }
  const { value, server } = outcome;
  if (json) printJson(stdout, gameJson(room, value, server));
  else for (const line of gameLines(room, value)) printLine(stdout, line);
  return ExitCode.done;
}

function gameLines(name: string, game: GetGameResponse): string[] {
  return roomLines(name, roomOf(game), game.zxid);
}

function gameJson(name: string, game: GetGameResponse, server: string): object {
  return { outcome: "ok", ...zxidFields(game.zxid), ...roomJson(name, roomOf(game)), server };
}

function roomOf({ room }: GetGameResponse): ReturnType<typeof roomFromMessage> {
  return room === undefined ? undefined : roomFromMessage(room);
}
