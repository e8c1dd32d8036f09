/** The room that a plain path names; whether it is a room's name is for the services to say. */
import { ROOM_RULE } from "../game/names.js";
import { badRequest, toConnectError } from "./errors.js";

/** Throws ConnectError if it is not percent-encoded as it should be. */
export function roomOfPath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw toConnectError(badRequest("room", `percent-encoded UTF-8, ${ROOM_RULE}`));
  }
}
