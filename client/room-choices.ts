/** The rooms that a player may choose from, narrowed down by what was typed. */

import type { Room } from "../game/room.js";
import type { Session } from "./session-model.js";

export interface RoomChoice {
  readonly name: string;
  /** Its round and how it stands. */
  readonly words: string;
}

/**
 * The room that was typed first, if there is one of that name; then those whose names contain it,
 * in their order; then the new one that it would be.
 */
export function roomChoices({ live, room }: Session, typed: string): readonly RoomChoice[] {
  const rooms = [...(live?.now.rooms.values() ?? [])];
  const exact = rooms.filter(({ name }) => name === typed);
  const others = rooms
    .filter(({ name }) => name !== typed && name.toLowerCase().includes(typed.toLowerCase()))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const known = [...exact, ...others].map((one) => ({
    name: one.name,
    words: wordsOf(one, one.name === room),
  }));
  if (typed === "" || exact.length > 0) return known;
  return [...known, { name: typed, words: "a new room; its first target begins it" }];
}

function wordsOf(room: Room, isHere: boolean): string {
  const here = isHere ? ", you are here" : "";
  if (room.status === "closed") return `round ${room.round} closed${here}`;
  return `round ${room.round}, target ${room.target}, ${guesses(room.guessCount)}${here}`;
}

function guesses(count: number): string {
  return count === 1 ? "1 guess" : `${count} guesses`;
}
