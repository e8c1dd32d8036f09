/**
 * One room's log, folded and forgotten: how many transactions there were, the state after the last,
 * and states on the way from which a part of the log can be folded again. Bounded however long the
 * log is. Pure.
 */
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { afterTransactions, emptyProjection, type Projection } from "./projection.js";

export const CHECKPOINTS_MAX = 256;
const CHECKPOINT_EVERY = 128;

export interface Checkpoint {
  /** How many transactions are in it. */
  readonly ordinal: number;
  /** Its zxid is what to read on from. */
  readonly projection: Projection;
}

export interface FoldedLog {
  readonly room: string;
  /** The ordinal of the last transaction; 0 if there was none. */
  readonly total: number;
  /** The state after it. */
  readonly now: Projection;
  /** Undefined if the log is whole; else what is kept, and counted here, begins at this zxid. */
  readonly keptFrom: bigint | undefined;
  /**
   * Oldest first, at most CHECKPOINTS_MAX, the first with ordinal 0. None while a log that has lost
   * its beginning has shown no target to begin at.
   */
  readonly checkpoints: readonly Checkpoint[];
  /** Transactions from one checkpoint to the next. */
  readonly every: number;
}

/** Before the first transaction of a log that is whole. */
export function wholeLog(room: string): FoldedLog {
  const now = emptyProjection;
  const checkpoints = [{ ordinal: 0, projection: now }];
  return { room, total: 0, now, keptFrom: undefined, checkpoints, every: CHECKPOINT_EVERY };
}

/** The same if the transactions before `oldest` are no longer kept. */
export function cutLog(room: string, oldest: bigint): FoldedLog {
  return { ...wholeLog(room), keptFrom: oldest, checkpoints: [] };
}

/**
 * The log with the transactions that come next in it: those of the room, and changes of leader. In
 * a log without its beginning, what comes before the room's first target is neither counted nor
 * folded. Throws InvariantError on events that cannot follow.
 */
export function foldedOn(log: FoldedLog, transactions: readonly Transaction[]): FoldedLog {
  const { room } = log;
  let { total, now, keptFrom, every } = log;
  let checkpoints = [...log.checkpoints];
  for (const transaction of transactions) {
    if (checkpoints.length === 0) {
      const start = startAt(transaction, room, now);
      if (start === undefined) {
        if (isLeaderChange(transaction)) {
          now = afterTransactions(now, [transaction], transaction.zxid);
        }
        continue;
      }
      now = start;
      keptFrom = transaction.zxid;
      checkpoints.push({ ordinal: 0, projection: now });
    }
    const kept = asKept(transaction, keptFrom);
    now = afterTransactions(now, [kept], kept.zxid);
    total += 1;
    if (total % every !== 0) continue;
    checkpoints.push({ ordinal: total, projection: now });
    if (checkpoints.length <= CHECKPOINTS_MAX) continue;
    const sparser = every * 2;
    checkpoints = checkpoints.filter(({ ordinal }) => ordinal % sparser === 0);
    every = sparser;
  }
  return { room, total, now, keptFrom, checkpoints, every };
}

/**
 * The transaction as it is counted: in the first one of a log without its beginning, a target may
 * come after the close of a round that nobody knows any more.
 */
export function asKept(transaction: Transaction, keptFrom: bigint | undefined): Transaction {
  if (transaction.zxid !== keptFrom) return transaction;
  const target = transaction.events.findIndex((event) => event.type === "TargetSet");
  return { ...transaction, events: transaction.events.slice(target) };
}

/** The last checkpoint that holds nothing after `zxid`; else the first. Undefined if none is. */
export function checkpointAtZxid(log: FoldedLog, zxid: bigint): Checkpoint | undefined {
  const { checkpoints } = log;
  return checkpoints.findLast(({ projection }) => projection.zxid <= zxid) ?? checkpoints[0];
}

/** The last checkpoint that holds at most `ordinal` transactions; else the first. */
export function checkpointAtOrdinal(log: FoldedLog, ordinal: number): Checkpoint | undefined {
  const { checkpoints } = log;
  return checkpoints.findLast((checkpoint) => checkpoint.ordinal <= ordinal) ?? checkpoints[0];
}

/**
 * What to fold onto if the log begins with this transaction: nothing, or a room whose rounds are
 * forgotten. Undefined if the transaction sets no target, since what it changes is not known.
 */
function startAt(transaction: Transaction, room: string, now: Projection): Projection | undefined {
  const target = transaction.events.find((event) => event.type === "TargetSet");
  if (target === undefined) return undefined;
  const zxid = transaction.prev;
  if (target.round === 1) return { ...now, zxid };
  const forgotten: Room = {
    status: "closed",
    name: room,
    round: target.round - 1,
    target: target.value,
    by: target.by,
    since: transaction.time,
    rounds: [],
    scores: new Map(),
  };
  return { ...now, zxid, rooms: new Map([[room, forgotten]]) };
}

function isLeaderChange({ events }: Transaction): boolean {
  return events.every((event) => event.type === "LeaderEstablished");
}
