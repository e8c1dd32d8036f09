/**
 * Turn after turn: lets each bot play when its beat is due, and one of them set a target when the
 * room needs one. It sends nothing itself.
 */
import type { Clock } from "../../client/clock.js";
import type { Room } from "../../game/room.js";
import type { BotPlayer } from "./bot-player.js";
import { type Random, wholeNumber } from "./random.js";
import { createTargetTimer } from "./target-timer.js";

/** Beats closer together than this share a turn, and so a message. */
const TURN_MIN_MS = 4;
/** So often at least somebody looks whether the room needs a target. */
const TURN_MAX_MS = 200;

export interface PlayTurnsOptions {
  readonly bots: readonly BotPlayer[];
  readonly room: () => Room | undefined;
  /** Whether they set targets too. */
  readonly targets: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Resolves when `signal` aborts. */
export async function playTurns(options: PlayTurnsOptions): Promise<void> {
  const { bots, clock, random, signal } = options;
  const timer = createTargetTimer(random);

  /** The first bot opens a room; later any may set the target. */
  function setTarget(room: Room | undefined, nowMs: number): void {
    const first = room === undefined ? 0 : wholeNumber(random, 0, bots.length - 1);
    const inTurn = [...bots.slice(first), ...bots.slice(0, first)];
    if (inTurn.some((bot) => bot.trySetTarget())) timer.tried(nowMs);
  }

  while (!signal.aborted) {
    const nowMs = clock.now();
    const room = options.room();
    let nextMs = nowMs + TURN_MAX_MS;
    if (options.targets && timer.isDue(room, nowMs) && !bots.some((bot) => bot.setsTarget())) {
      setTarget(room, nowMs);
    }
    for (const bot of bots) {
      bot.play(room, nowMs);
      nextMs = Math.min(nextMs, bot.nextMs());
    }
    await clock.sleep(Math.max(TURN_MIN_MS, nextMs - nowMs), signal);
  }
}
