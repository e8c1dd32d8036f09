/**
 * The leader's view: the committed game and, above it, the leader's own outstanding proposals. New
 * commands are decided against both, so many can be under way at once and still come out as if each
 * had waited for the one before. Make a new one on becoming leader and drop it on ceasing to lead:
 * proposals that a later leader discards must leave no trace.
 *
 * Every step costs the same however many proposals are outstanding.
 */
import type { Command } from "./command.js";
import { decide } from "./decide.js";
import type { GameEvent } from "./event.js";
import { evolve } from "./evolve.js";
import { type Game, outcomeRound, type RequestOutcome } from "./game.js";
import { InvariantError } from "./invariant-error.js";
import { REJECTIONS_PER_GENERATION, ROOMS_MAX } from "./limits.js";
import type { Rejection } from "./rejection.js";
import { createRequestWindow } from "./request-window.js";
import type { Room } from "./room.js";
import type { Transaction } from "./transaction.js";
import { formatZxid } from "./zxid.js";

/** What the leader must do with a command. */
export type Verdict =
  /** Propose these, with the command's request id, as one transaction. */
  | { readonly kind: "events"; readonly events: readonly GameEvent[] }
  /** It happened before, as this transaction: give its outcome once that is committed. */
  | ({ readonly kind: "repeat" } & RequestOutcome)
  | ({ readonly kind: "rejection" } & DecidedRejection);

/** A no, and what must be committed before it may be said. */
export interface DecidedRejection {
  readonly rejection: Rejection;
  /** The newest transaction the no rests on. If it is never committed, neither was this decided. */
  readonly decidedAt: bigint;
}

export interface Decider {
  decide(command: Command): Verdict;
  /**
   * The log time for a proposal made `now` (milliseconds since 1970 by this node's clock): never
   * before the time of any earlier transaction, even when the clock goes back.
   */
  time(now: number): number;
  /**
   * Call for each transaction that enters the leader's log, in order: first for those of its
   * history that the game has not applied yet, then for its own. Throws InvariantError on a gap.
   */
  proposed(transaction: Transaction): void;
  /** Call after the game has applied everything up to `zxid`; what was outstanding is now there. */
  settled(zxid: bigint): void;
}

interface OutstandingRoom {
  readonly room: Room;
  /** The newest outstanding transaction about the room. */
  readonly zxid: bigint;
}

export function createDecider(
  game: Game,
  rejectionsPerGeneration = REJECTIONS_PER_GENERATION,
): Decider {
  const rooms = new Map<string, OutstandingRoom>();
  const roomsCreated = new Set<string>();
  const requests = new Map<string, RequestOutcome>();
  const rejections = createRequestWindow<DecidedRejection>(rejectionsPerGeneration);
  let queue: Transaction[] = [];
  let queueHead = 0;
  let newestZxid = game.zxid;
  let newestTime = game.time;

  function newest(): bigint {
    if (newestZxid < game.zxid) newestZxid = game.zxid;
    return newestZxid;
  }

  function reject(command: Command, rejection: Rejection, decidedAt: bigint): Verdict {
    const decided = { rejection, decidedAt };
    if (command.requestId !== "") rejections.record(command.requestId, decided);
    return { kind: "rejection", ...decided };
  }

  function recall(requestId: string): Verdict | undefined {
    if (requestId === "") return undefined;
    const happened = requests.get(requestId) ?? game.requests.find(requestId);
    if (happened !== undefined) return { kind: "repeat", ...happened };
    const rejected = rejections.find(requestId);
    return rejected === undefined ? undefined : { kind: "rejection", ...rejected };
  }

  function settle(transaction: Transaction): void {
    requests.delete(transaction.requestId);
    for (const event of transaction.events) {
      if (event.type === "LeaderEstablished") continue;
      roomsCreated.delete(event.room);
      const outstanding = rooms.get(event.room);
      if (outstanding !== undefined && outstanding.zxid <= transaction.zxid) {
        rooms.delete(event.room);
      }
    }
  }

  return {
    decide(command) {
      const recalled = recall(command.requestId);
      if (recalled !== undefined) return recalled;
      const outstanding = rooms.get(command.room);
      const room = outstanding?.room ?? game.rooms.get(command.room);
      if (room === undefined && command.type === "SetTarget") {
        const full = game.rooms.size + roomsCreated.size >= ROOMS_MAX;
        if (full) return reject(command, tooManyRooms(command.room), newest());
      }
      const decision = decide(command, room);
      if (decision.ok) return { kind: "events", events: decision.events };
      return reject(command, decision.rejection, outstanding?.zxid ?? game.zxid);
    },

    time(now) {
      newestTime = Math.max(newestTime, game.time, Math.trunc(now));
      return newestTime;
    },

    proposed(transaction) {
      const { zxid, prev, time, requestId, events } = transaction;
      const last = newest();
      if (prev !== last || zxid <= last) {
        const place = `${formatZxid(zxid)} after ${formatZxid(prev)}`;
        throw new InvariantError(`proposed ${place}, but the newest is ${formatZxid(last)}`);
      }
      for (const event of events) {
        if (event.type === "LeaderEstablished") continue;
        const before = rooms.get(event.room)?.room ?? game.rooms.get(event.room);
        if (before === undefined) roomsCreated.add(event.room);
        rooms.set(event.room, { room: evolve(before, event, transaction), zxid });
      }
      if (requestId !== "") requests.set(requestId, { zxid, round: outcomeRound(events) });
      queue.push(transaction);
      newestZxid = zxid;
      newestTime = Math.max(newestTime, time);
    },

    settled(zxid) {
      if (zxid > game.zxid) {
        throw new InvariantError(`${formatZxid(zxid)} settled before it was applied`);
      }
      for (let next = queue[queueHead]; next !== undefined && next.zxid <= zxid; ) {
        settle(next);
        queueHead += 1;
        next = queue[queueHead];
      }
      // Cut only when at least half is settled, so that a transaction is moved once on average.
      if (queueHead * 2 >= queue.length) {
        queue = queue.slice(queueHead);
        queueHead = 0;
      }
    },
  };
}

function tooManyRooms(room: string): Rejection {
  const rule = `at most ${ROOMS_MAX} rooms`;
  const message = `Room "${room}" cannot be opened: there are ${rule}; play in one that exists.`;
  return { reason: "TOO_MANY_ROOMS", message, field: "room", rule };
}
