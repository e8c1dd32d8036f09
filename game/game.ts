/**
 * The replicated state: everything that follows from the log up to one zxid. Only applyTransaction
 * changes it, one transaction after the other; nodes that applied the same log hold the same state.
 * The rooms in it are never changed, only replaced, so a reader may keep one across turns.
 */
import type { GameEvent } from "./event.js";
import { evolve } from "./evolve.js";
import { InvariantError } from "./invariant-error.js";
import { REQUESTS_PER_GENERATION } from "./limits.js";
import {
  createRequestWindow,
  type RequestWindow,
  type RequestWindowCut,
  restoreRequestWindow,
} from "./request-window.js";
import type { Room } from "./room.js";
import type { Transaction } from "./transaction.js";
import { epochOf, formatZxid, zxidOf } from "./zxid.js";

/** Who leads, as the log says it. */
export interface Leader {
  readonly epoch: number;
  readonly nodeId: string;
}

/** Where a command's transaction stands, and the round that its reply names. */
export interface RequestOutcome {
  readonly zxid: bigint;
  readonly round: number;
}

export interface Game {
  /** The newest transaction applied; 0 before the first. */
  readonly zxid: bigint;
  /** That transaction's time, milliseconds since 1970. */
  readonly time: number;
  readonly rooms: ReadonlyMap<string, Room>;
  /** Undefined before the first leader. */
  readonly leader: Leader | undefined;
  /** The newest committed commands, by request id. Read it with find; recording is the log's. */
  readonly requests: RequestWindow<RequestOutcome>;
}

/** All of a game, held still. */
export interface GameParts {
  readonly zxid: bigint;
  readonly time: number;
  readonly leader: Leader | undefined;
  readonly rooms: Iterable<readonly [string, Room]>;
  readonly requests: RequestWindowCut<RequestOutcome>;
}

/** The one writable form; outside this file a Game is for reading. */
class GameShelf implements Game {
  zxid = 0n;
  time = 0;
  leader: Leader | undefined = undefined;
  readonly rooms = new Map<string, Room>();
  constructor(readonly requests: RequestWindow<RequestOutcome>) {}
}

/** The state before the first transaction. Every node of a cluster must be given the same limit. */
export function createGame(requestsPerGeneration = REQUESTS_PER_GENERATION): Game {
  return new GameShelf(createRequestWindow(requestsPerGeneration));
}

export function gameFromParts(parts: GameParts): Game {
  const game = new GameShelf(restoreRequestWindow(parts.requests));
  game.zxid = parts.zxid;
  game.time = parts.time;
  game.leader = parts.leader;
  for (const [name, room] of parts.rooms) game.rooms.set(name, room);
  return game;
}

/**
 * Moves the game on by one transaction, which must be the very next of the log. Throws
 * InvariantError on a gap, a repeat, time going back, a request id that already happened, or an
 * event that cannot follow; the state is then half changed, and the process has to end.
 */
export function applyTransaction(game: Game, transaction: Transaction): void {
  if (!(game instanceof GameShelf)) throw new InvariantError("a game that nobody created");
  checkSequence(game, transaction);
  for (const event of transaction.events) {
    if (event.type === "LeaderEstablished") {
      game.leader = leaderAfter(transaction, event);
    } else {
      game.rooms.set(event.room, evolve(game.rooms.get(event.room), event, transaction));
    }
  }
  if (transaction.requestId !== "") {
    const round = outcomeRound(transaction.events);
    game.requests.record(transaction.requestId, { zxid: transaction.zxid, round });
  }
  game.zxid = transaction.zxid;
  game.time = transaction.time;
}

/**
 * The round that the reply to a command names: the one it opened, else the one its guess counts in
 * or the one it closed. 0 for a change of leader.
 */
export function outcomeRound(events: readonly GameEvent[]): number {
  const last = events.at(-1);
  return last === undefined || last.type === "LeaderEstablished" ? 0 : last.round;
}

function checkSequence(game: Game, { zxid, prev, time }: Transaction): void {
  if (prev !== game.zxid || zxid <= game.zxid) {
    const wanted = `wanted one after ${formatZxid(game.zxid)}`;
    throw new InvariantError(`${formatZxid(zxid)} follows ${formatZxid(prev)}: ${wanted}`);
  }
  if (time < game.time) {
    throw new InvariantError(`time goes back at ${formatZxid(zxid)}: ${game.time} to ${time}`);
  }
}

/** A change of leader is the marker of its epoch: alone in (epoch, 0). */
function leaderAfter({ zxid, events }: Transaction, { epoch, nodeId }: Leader): Leader {
  if (zxid !== zxidOf(epochOf(zxid), 0) || epoch !== epochOf(zxid) || events.length !== 1) {
    throw new InvariantError(`misplaced leader change to ${nodeId} at ${formatZxid(zxid)}`);
  }
  return { epoch, nodeId };
}
