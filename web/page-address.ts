/** The room in the page's address: `/?room=attic`. Pure. */
import { ROOM_DEFAULT } from "../game/limits.js";
import { roomName } from "../game/names.js";

/** A room that no rule allows, or none, is the default one. */
export function roomOfAddress(search: string): string {
  return roomName(new URLSearchParams(search).get("room") ?? "") ?? ROOM_DEFAULT;
}

export function addressOfRoom({ origin }: { readonly origin: string }, room: string): string {
  return `${origin}/${room === ROOM_DEFAULT ? "" : `?${new URLSearchParams({ room })}`}`;
}

/** Whether the address means another machine wherever it is opened. */
export function isThisMachineOnly({ hostname }: { readonly hostname: string }): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
