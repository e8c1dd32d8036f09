/**
 * Whether two games, or parts of them, are the same, compared field by field and not by the chunks
 * of game/snapshot.ts: what that forgets to save must not be forgotten by the one who compares.
 */
import type { GameEvent } from "../../../game/event.js";
import { type CutGeneration, cutEntries } from "../../../game/request-window.js";
import type { Room } from "../../../game/room.js";
import type { GameCut } from "../../../game/snapshot.js";

/** Of records whose values are plain. */
function sameFields<T extends object>(one: T | undefined, other: T | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  for (const key in one) if (one[key] !== other[key]) return false;
  return true;
}

function sameList<T extends object>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, at) => sameFields(item, other[at]));
}

export function sameEvents(one: readonly GameEvent[], other: readonly GameEvent[]): boolean {
  return sameList(one, other);
}

/** All that one more event can have changed, without walking through the lists. */
export function sameOnTop(one: Room | undefined, other: Room | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { rounds, scores } = one;
  const winner = rounds.at(-1)?.winner ?? "";
  const same =
    one.round === other.round &&
    one.target === other.target &&
    one.by === other.by &&
    one.since === other.since &&
    rounds.length === other.rounds.length &&
    sameFields(rounds.at(-1), other.rounds.at(-1)) &&
    scores.size === other.scores.size &&
    scores.get(winner) === other.scores.get(winner);
  if (!same || one.status !== other.status) return false;
  if (one.status === "closed" || other.status === "closed") return true;
  return (
    one.guessCount === other.guessCount &&
    one.guesses.length === other.guesses.length &&
    sameFields(one.closest, other.closest) &&
    sameFields(one.guesses.at(-1), other.guesses.at(-1))
  );
}

function sameRoom(one: Room, other: Room): boolean {
  if (one.name !== other.name || !sameOnTop(one, other)) return false;
  const guesses = one.status === "open" ? one.guesses : [];
  const others = other.status === "open" ? other.guesses : [];
  const scores = [...one.scores].every(([player, won]) => other.scores.get(player) === won);
  return sameList(one.rounds, other.rounds) && sameList(guesses, others) && scores;
}

function sameRequests<T extends object>(one: CutGeneration<T>, other: CutGeneration<T>): boolean {
  if (one.size !== other.size) return false;
  const theirs = cutEntries(other);
  for (const [requestId, outcome] of cutEntries(one)) {
    const [itsId, its] = theirs.next().value ?? [];
    if (itsId !== requestId || !sameFields(outcome, its)) return false;
  }
  return true;
}

/** What of the two states is not the same; undefined if they are. */
export function difference(one: GameCut, other: GameCut): string | undefined {
  if (one.zxid !== other.zxid || one.time !== other.time) return "zxid or time";
  if (!sameFields(one.leader, other.leader)) return "the leader";
  const odd = one.rooms.find(([, room], at) => {
    const its = other.rooms[at]?.[1];
    return its === undefined || !sameRoom(room, its);
  });
  if (odd !== undefined || one.rooms.length !== other.rooms.length) {
    return `room ${odd?.[0] ?? "that only one has"}`;
  }
  const { generationMax, previous, current } = one.requests;
  const same =
    generationMax === other.requests.generationMax &&
    sameRequests(previous, other.requests.previous) &&
    sameRequests(current, other.requests.current);
  return same ? undefined : "request ids";
}
