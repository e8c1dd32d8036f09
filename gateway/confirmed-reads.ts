/**
 * Linearizable reads through a gateway: the cluster confirms an index, and the gateway answers from
 * its own read model once that has come so far. Reads that come while one confirmation is under way
 * share the next: one that began before a read may not confirm it.
 */
import type { ReadOutcome } from "../api/replica.js";
import type { PlayPool } from "../client/play-pool.js";
import { Consistency } from "../gen/zabble/v1/game_pb.js";
import { refusalOf } from "./refusal-of.js";

/** A room that hardly anybody opens: its state, which nobody looks at, is in the answer. */
const SMALL_ROOM = "-";

export interface ConfirmedReads {
  /** An index that a quorum confirmed after this call. Never rejects. */
  confirm(deadlineMs: number): Promise<ReadOutcome>;
}

export interface ConfirmedReadsOptions {
  readonly pool: PlayPool;
  readonly requestId: () => string;
}

export function createConfirmedReads({ pool, requestId }: ConfirmedReadsOptions): ConfirmedReads {
  let running: Promise<ReadOutcome> | undefined;
  let next: Promise<ReadOutcome> | undefined;

  async function ask(deadlineMs: number): Promise<ReadOutcome> {
    const value = { room: SMALL_ROOM, consistency: Consistency.LINEARIZABLE };
    const call = { requestId: requestId(), call: { case: "getGame" as const, value } };
    const outcome = await pool.call(call, deadlineMs);
    if (outcome.kind === "game") return { ok: true, zxid: outcome.game.zxid };
    return { ok: false, refusal: refusalOf(outcome) };
  }

  function begin(deadlineMs: number): Promise<ReadOutcome> {
    const round = ask(deadlineMs).finally(() => {
      if (running === round) running = undefined;
    });
    running = round;
    return round;
  }

  return {
    confirm(deadlineMs) {
      if (running === undefined) return begin(deadlineMs);
      next ??= running.then(() => {
        next = undefined;
        return begin(deadlineMs);
      });
      return next;
    },
  };
}
