/**
 * When bots set the next target by themselves: a while after a round was closed or somebody hit its
 * target, so that people see how it ended. A room that does not exist is opened at once. Pure: time
 * and chance come in.
 */
import type { Room } from "../../game/room.js";
import type { Random } from "./random.js";

/** Somebody guessed exactly; others may still want to see it. */
const HIT_ROUND_MIN_MS = 8000;
const WAIT_MIN_MS = 3000;
const WAIT_MAX_MS = 6000;

export interface TargetTimer {
  /** Ask often: it also notices here when a round began. */
  isDue(room: Room | undefined, nowMs: number): boolean;
  /** A target is tried now; should it come to nothing, the next try comes after a new wait. */
  tried(nowMs: number): void;
}

export function createTargetTimer(random: Random): TargetTimer {
  let round = 0;
  let roundSeenMs = 0;
  /** What calls for a target; while it stays the same, the wait goes on. */
  let occasion: string | undefined;
  let dueMs = 0;

  function occasionOf(room: Room | undefined, nowMs: number): string | undefined {
    if (room === undefined) return "no room";
    if (room.status === "closed") return `${room.round} closed`;
    const isOver = room.closest?.distance === 0 && nowMs - roundSeenMs >= HIT_ROUND_MIN_MS;
    return isOver ? `${room.round} hit` : undefined;
  }

  function waitFrom(nowMs: number): void {
    dueMs = nowMs + WAIT_MIN_MS + random() * (WAIT_MAX_MS - WAIT_MIN_MS);
  }

  return {
    isDue(room, nowMs) {
      if (room !== undefined && room.round !== round) {
        round = room.round;
        roundSeenMs = nowMs;
      }
      const now = occasionOf(room, nowMs);
      if (now !== occasion) {
        occasion = now;
        if (room === undefined) dueMs = nowMs;
        else waitFrom(nowMs);
      }
      return occasion !== undefined && nowMs >= dueMs;
    },
    tried: waitFrom,
  };
}
