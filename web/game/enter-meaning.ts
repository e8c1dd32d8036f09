/**
 * What Enter would do with a number, and whether that has changed since somebody began to type it:
 * nobody's guess should become a target because the round was closed a moment before. Pure.
 */
import { type Session, shownRoom } from "../../client/session-model.js";

export interface EnterMeaning {
  readonly room: string;
  /** 0 before the first. */
  readonly round: number;
  /** In a room without an open round there is nothing to guess. */
  readonly kind: "guess" | "write";
}

export function enterMeaning(session: Session): EnterMeaning {
  const room = shownRoom(session);
  const kind = room?.status === "open" ? "guess" : "write";
  return { room: session.room, round: room?.round ?? 0, kind };
}

/** What has come between, and what Enter does now; undefined if it means the same. */
export function changeOfMeaning(began: EnterMeaning, now: EnterMeaning): string | undefined {
  const again = now.kind === "guess" ? "guess in it" : "set a target";
  if (began.room !== now.room) {
    const there = now.kind === "guess" ? "guess there" : "set a target there";
    return `This is room ${now.room} now; press Enter again to ${there}.`;
  }
  if (began.round === now.round && began.kind === now.kind) return undefined;
  const what =
    now.kind === "write" ? "The round has just been closed" : `Round ${now.round} has just begun`;
  return `${what}; press Enter again to ${again}.`;
}
