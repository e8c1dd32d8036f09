/** Who is closest in an open round. Pure. */
import type { Guess, OpenRoom } from "../game/room.js";

/**
 * The best guess of each player, closest first, then the earliest. Of guesses that the room no
 * longer keeps only the closest is known: then it stands alone, for any other could be a lie.
 */
export function closestGuesses(room: OpenRoom): Guess[] {
  if (room.closest === undefined) return [];
  const isWhole = room.guessCount === room.guesses.length;
  const best = new Map<string, Guess>();
  for (const guess of isWhole ? [room.closest, ...room.guesses] : [room.closest]) {
    const before = best.get(guess.player);
    if (before === undefined || guess.distance < before.distance) best.set(guess.player, guess);
  }
  return [...best.values()].sort(
    (one, other) => one.distance - other.distance || (one.zxid < other.zxid ? -1 : 1),
  );
}
