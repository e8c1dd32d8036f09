/** One call on a Play stream, from its fields to its answer. play.ts has the stream itself. */
import { ConnectError } from "@connectrpc/connect";
import { checkCommand, checkRoom, type RawCommand } from "../game/check-command.js";
import { unreachable } from "../game/invariant-error.js";
import {
  Consistency,
  type GetGameRequest,
  type PlayCall,
  type PlayResult,
} from "../gen/zabble/v1/game_pb.js";
import { ofRead } from "./answer.js";
import { badRequest } from "./errors.js";
import { doneResult, errorResult, gameResult } from "./play-result.js";
import type { Replica } from "./replica.js";

type Reply = (result: PlayResult) => void;

/** Calls `reply` exactly once: before it returns if the call is wrong in itself, else later. */
export function startCall(
  replica: Replica,
  { requestId, call }: PlayCall,
  deadlineMs: number,
  reply: Reply,
): void {
  if (requestId === "") {
    reply(errorResult(requestId, badRequest("request_id", "given, as it names the answer")));
    return;
  }
  switch (call.case) {
    case "setTarget": {
      const { room, player, value } = call.value;
      submit(replica, { type: "SetTarget", room, player, value, requestId }, deadlineMs, reply);
      return;
    }
    case "submitGuess": {
      const { room, player, value } = call.value;
      submit(replica, { type: "SubmitGuess", room, player, value, requestId }, deadlineMs, reply);
      return;
    }
    case "closeRound": {
      const { room, player } = call.value;
      submit(replica, { type: "CloseRound", room, player, requestId }, deadlineMs, reply);
      return;
    }
    case "getGame":
      readGame(replica, requestId, call.value, deadlineMs, reply);
      return;
    case undefined:
      reply(errorResult(requestId, badRequest("call", "one of the calls")));
      return;
    default:
      unreachable(call);
  }
}

/** `raw` has the call's request id. */
function submit(
  replica: Replica,
  raw: RawCommand & { readonly requestId: string },
  deadlineMs: number,
  reply: Reply,
): void {
  const { requestId } = raw;
  const checked = checkCommand(raw);
  if (!checked.ok) {
    reply(errorResult(requestId, checked.rejection));
    return;
  }
  replica.submit(checked.command, deadlineMs, (outcome) => {
    reply(
      outcome.ok
        ? doneResult(requestId, outcome.zxid, outcome.round)
        : errorResult(requestId, outcome.refusal),
    );
  });
}

function readGame(
  replica: Replica,
  requestId: string,
  request: GetGameRequest,
  deadlineMs: number,
  reply: Reply,
): void {
  const checked = checkRoom(request.room);
  if (!checked.ok) {
    reply(errorResult(requestId, checked.rejection));
    return;
  }
  if (request.consistency === Consistency.LOCAL) {
    reply(localGame(replica, requestId, checked.name));
    return;
  }
  replica.readIndex(deadlineMs, (outcome) => {
    reply(
      outcome.ok
        ? gameResult(requestId, replica.game(), checked.name)
        : errorResult(requestId, ofRead(outcome.refusal)),
    );
  });
}

/** A gateway that has never seen the cluster has no state to show, and says so by throwing. */
function localGame(
  replica: Replica,
  requestId: string,
  room: string,
): ReturnType<typeof gameResult> {
  try {
    return gameResult(requestId, replica.game(), room);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return errorResult(requestId, { reason: "NO_LEADER", message: error.rawMessage });
  }
}
