/**
 * The answers on a Play stream. They are written as literals, not with `create`: this is on the way
 * of every command, and a literal of a generated type is checked just as well.
 */
import { roomToMessage } from "../game/view.js";
import type { PlayResult } from "../gen/zabble/v1/game_pb.js";
import { refusalCodeName, refusalMessage, refusalToInfo } from "./errors.js";
import type { Refusal } from "./refusal.js";
import type { AppliedState } from "./replica.js";

export function doneResult(requestId: string, zxid: bigint, round: number): PlayResult {
  return {
    $typeName: "zabble.v1.PlayResult",
    requestId,
    result: { case: "done", value: { $typeName: "zabble.v1.PlayDone", zxid, round } },
  };
}

export function gameResult(requestId: string, game: AppliedState, roomName: string): PlayResult {
  const room = roomToMessage(game.rooms.get(roomName), roomName);
  return {
    $typeName: "zabble.v1.PlayResult",
    requestId,
    result: {
      case: "game",
      value: { $typeName: "zabble.v1.GetGameResponse", zxid: game.zxid, room },
    },
  };
}

export function errorResult(requestId: string, refusal: Refusal): PlayResult {
  return {
    $typeName: "zabble.v1.PlayResult",
    requestId,
    result: {
      case: "error",
      value: {
        $typeName: "zabble.v1.PlayError",
        code: refusalCodeName(refusal.reason),
        message: refusalMessage(refusal),
        info: refusalToInfo(refusal),
      },
    },
  };
}
