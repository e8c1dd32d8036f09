/**
 * Test support: a rule as a sentence. Given these facts, when this command comes, then these facts
 * or this refusal. Facts stand at zxid 1, 2, 3 ... and at as many milliseconds.
 */
import assert from "node:assert/strict";
import type { Command } from "./command.js";
import { decide } from "./decide.js";
import type { GameEvent } from "./event.js";
import { evolve } from "./evolve.js";
import type { RejectionReason } from "./rejection.js";
import type { Room } from "./room.js";

/** The facts about one room, folded. */
export function roomAfter(events: readonly GameEvent[]): Room | undefined {
  let room: Room | undefined;
  for (const [index, event] of events.entries()) {
    room = evolve(room, event, { zxid: BigInt(index + 1), time: index + 1 });
  }
  return room;
}

export function given(...events: GameEvent[]) {
  return {
    when(command: Command) {
      const decision = decide(command, roomAfter(events));
      return {
        /** Also folds the new facts, which proves that they can follow. Returns the room. */
        thenHappened(...expected: GameEvent[]): Room | undefined {
          assert.deepEqual(decision, { ok: true, events: expected });
          return roomAfter([...events, ...expected]);
        },
        thenRefused(reason: RejectionReason, message: RegExp): void {
          assert.ok(!decision.ok, "accepted");
          assert.equal(decision.rejection.reason, reason);
          assert.match(decision.rejection.message, message);
        },
      };
    },
  };
}

export function targetSet(round: number, value: number, by = "dan"): GameEvent {
  return { type: "TargetSet", room: "lobby", round, value, by };
}

export function guessSubmitted(round: number, player: string, value: number): GameEvent {
  return { type: "GuessSubmitted", room: "lobby", round, player, value };
}

export function roundClosed(
  round: number,
  winner: string,
  guess: number,
  distance: number,
): GameEvent {
  return { type: "RoundClosed", room: "lobby", round, winner, guess, distance };
}

export function setTarget(player: string, value: number, requestId = ""): Command {
  return { type: "SetTarget", room: "lobby", player, value, requestId };
}

export function submitGuess(player: string, value: number, requestId = ""): Command {
  return { type: "SubmitGuess", room: "lobby", player, value, requestId };
}

export function closeRound(player: string, requestId = ""): Command {
  return { type: "CloseRound", room: "lobby", player, requestId };
}
