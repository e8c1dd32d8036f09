/** What one transaction changed, in words, for stepping through the log. Pure. */
import type { Room } from "../game/room.js";
import type { Projection } from "./projection.js";

/**
 * Short sentences without full stops, most important first; none if the transaction changed nothing
 * that a player sees of this room.
 */
export function changesInWords(before: Projection, after: Projection, roomName: string): string[] {
  const was = before.rooms.get(roomName);
  const is = after.rooms.get(roomName);
  const words: string[] = [];
  const { leader } = after;
  if (leader !== undefined && leader.epoch !== before.leader?.epoch) {
    const from = before.leader === undefined ? "" : `${before.leader.nodeId} → `;
    words.push(`leader ${from}${leader.nodeId}`);
  }
  if (is === undefined || is === was) return words;
  if (was?.target !== is.target) {
    words.push(was === undefined ? `target ${is.target}` : `target ${was.target} → ${is.target}`);
  }
  if (was?.round !== is.round) words.push(`round ${is.round} opens`);
  else if (was.status === "open" && is.status === "closed") words.push(`round ${is.round} closes`);
  const closest = closestChange(was, is);
  if (closest !== undefined) words.push(closest);
  return words.concat(scoreChanges(was, is));
}

function closestChange(was: Room | undefined, is: Room): string | undefined {
  if (is.status !== "open" || is.closest === undefined) return undefined;
  const before = was?.status === "open" && was.round === is.round ? was.closest : undefined;
  if (before === is.closest) return "the closest guess stays";
  const now = `${is.closest.player} ${is.closest.value}`;
  return before === undefined
    ? `closest so far ${now}`
    : `closest so far ${before.player} ${before.value} → ${now}`;
}

function scoreChanges(was: Room | undefined, is: Room): string[] {
  const words: string[] = [];
  if (was === undefined) return words;
  for (const [player, won] of is.scores) {
    const before = was.scores.get(player) ?? 0;
    if (before !== won) words.push(`${player} has won ${before} → ${won}`);
  }
  return words;
}
