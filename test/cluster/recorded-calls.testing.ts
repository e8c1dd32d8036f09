/**
 * Calls of the client library, recorded in full: what was asked, when, and what came back, until
 * somebody gives up. All times are of this process's clock.
 */
import type { CommandOutcome, ReadOutcome, ZabbleClient } from "../../client/zabble-client.js";
import { Consistency, type GetGameResponse } from "../../gen/zabble/v1/game_pb.js";
import { type Call, type Operation, type Result, UNAVAILABLE } from "../history/operation.js";
import { viewOfMessage } from "../history/room-view.js";

export type Commands = Pick<ZabbleClient, "setTarget" | "submitGuess" | "closeRound">;

export type Command = Operation & { readonly call: Exclude<Call, { readonly type: "read" }> };

/**
 * Sends the command, and again with the same request id while its outcome is open and `mayRepeat`
 * says so. The operation gets its answer, unless that stays unknown.
 */
export async function sendCommand(
  client: Commands,
  operation: Command,
  mayRepeat: () => boolean,
): Promise<CommandOutcome> {
  let isDoubtful = false;
  for (;;) {
    const outcome = await callOnce(client, operation);
    if (outcome.kind === "unknown") isDoubtful = true;
    const isOpen = outcome.kind === "unknown" || outcome.kind === "unavailable";
    if (isOpen && mayRepeat()) continue;
    const result = resultOf(outcome);
    // A no says nothing of attempts before it that may still happen.
    if (result === undefined || (isDoubtful && result.type === "rejected")) return outcome;
    answered(operation, result);
    return outcome;
  }
}

function callOnce(client: Commands, operation: Command): Promise<CommandOutcome> {
  const { call, room, player, requestId } = operation;
  switch (call.type) {
    case "setTarget":
      return client.setTarget({ room, player, requestId, value: call.value });
    case "guess":
      return client.submitGuess({ room, player, requestId, value: call.value });
    case "close":
      return client.closeRound({ room, player, requestId });
  }
}

function resultOf(outcome: CommandOutcome): Result | undefined {
  switch (outcome.kind) {
    case "committed":
      return { type: "committed", zxid: outcome.zxid, round: outcome.round };
    case "refused":
      return { type: "rejected", reason: outcome.info?.reason ?? outcome.code };
    case "unavailable":
      return { type: "rejected", reason: UNAVAILABLE };
    case "unknown":
      return undefined;
  }
}

/** A linearizable read; one that fails tells nothing, and stays without an answer. */
export async function sendRead(
  client: Pick<ZabbleClient, "getGame">,
  operation: Operation,
): Promise<ReadOutcome<GetGameResponse>> {
  const { room } = operation;
  const outcome = await client.getGame({ room, consistency: Consistency.LINEARIZABLE });
  if (outcome.kind !== "ok") return outcome;
  const { zxid, room: message } = outcome.value;
  if (message === undefined) throw new Error(`a read of ${room} came back without a room`);
  answered(operation, { type: "state", zxid, view: viewOfMessage(message) });
  return outcome;
}

function answered(operation: Operation, result: Result): void {
  operation.returnedAtMs = performance.now();
  operation.result = result;
}
