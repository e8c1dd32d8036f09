/**
 * Linearizable reads through a gateway: the cluster confirms an index, and the gateway answers from
 * its own read model once that has come so far. Reads that come while one confirmation is under way
 * share the next: one that began before a read may not confirm it. A round has its own deadline,
 * and every read that waits for it its own: nobody's haste fails another's read.
 */
import { READ_DEADLINE } from "../api/answer.js";
import type { ReadOutcome } from "../api/replica.js";
import type { Clock } from "../client/clock.js";
import { createDeadlines, type Deadline } from "../client/deadlines.js";
import type { PlayPool } from "../client/play-pool.js";
import { Consistency } from "../gen/zabble/v1/game_pb.js";
import { refusalOf } from "./refusal-of.js";

/** A room that hardly anybody opens: its state, which nobody looks at, is in the answer. */
const SMALL_ROOM = "-";

export interface ConfirmedReads {
  /** An index that a quorum confirmed after this call. Never rejects. */
  confirm(deadlineMs: number): Promise<ReadOutcome>;
  close(): void;
}

export interface ConfirmedReadsOptions {
  readonly pool: Pick<PlayPool, "call">;
  readonly clock: Clock;
  readonly requestId: () => string;
  /** For one round, whoever waits for it. */
  readonly deadlineMs: number;
}

export function createConfirmedReads(options: ConfirmedReadsOptions): ConfirmedReads {
  const { pool, clock, requestId } = options;
  const deadlines = createDeadlines(clock);
  let running: Promise<ReadOutcome> | undefined;
  let next: Promise<ReadOutcome> | undefined;

  async function ask(): Promise<ReadOutcome> {
    const value = { room: SMALL_ROOM, consistency: Consistency.LINEARIZABLE };
    const call = { requestId: requestId(), call: { case: "getGame" as const, value } };
    const outcome = await pool.call(call, options.deadlineMs);
    if (outcome.kind === "game") return { ok: true, zxid: outcome.game.zxid };
    if (outcome.kind === "expired") return { ok: false, refusal: READ_DEADLINE };
    return { ok: false, refusal: refusalOf(outcome) };
  }

  function begin(): Promise<ReadOutcome> {
    const round = ask().finally(() => {
      if (running === round) running = undefined;
    });
    running = round;
    return round;
  }

  /** The round that confirms a read which comes now. */
  function join(): Promise<ReadOutcome> {
    if (running === undefined) return begin();
    next ??= running.then((outcome) => {
      next = undefined;
      // Who waited with a round that found nobody need not look for them as long again.
      const isDown = !outcome.ok && outcome.refusal.reason === "NO_LEADER";
      return isDown ? outcome : begin();
    });
    return next;
  }

  return {
    confirm(deadlineMs) {
      const round = join();
      return new Promise((resolve) => {
        const deadline: Deadline = {
          endMs: clock.now() + deadlineMs,
          onEnd: () => resolve({ ok: false, refusal: READ_DEADLINE }),
        };
        deadlines.add(deadline);
        void round.then((outcome) => {
          deadlines.delete(deadline);
          resolve(outcome);
        });
      });
    },
    close: deadlines.close,
  };
}
