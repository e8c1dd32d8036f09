/**
 * What a screen keeps of the committed stream: the state now, the newest transactions, and the
 * state before them, so that stepping back a little needs no server. Bounded; pure.
 */
import type { Transaction } from "../game/transaction.js";
import type { Snapshot } from "../gen/zabble/v1/game_pb.js";
import { afterTransactions, type Projection, projectionOf } from "./projection.js";

/** Transactions kept at least, once there are so many. */
const LIVE_LOG_MIN = 1000;
/** Thrown away at once, so that the oldest are folded into `base` now and then, not each time. */
const LIVE_LOG_SLACK = 500;

export interface LiveLog {
  /** The state just before the first of `transactions`. */
  readonly base: Projection;
  /** The state after the last of them. */
  readonly now: Projection;
  /** Of all rooms, oldest first, without a gap. */
  readonly transactions: readonly Transaction[];
  /** What came before `base`, to be shown and no more; oldest first, perhaps not all of it. */
  readonly earlier: readonly Transaction[];
}

/** A snapshot replaces everything, but what was seen is still worth showing. */
export function liveLogOf(snapshot: Snapshot, before: LiveLog | undefined): LiveLog {
  const base = { ...projectionOf(snapshot), leader: before?.now.leader };
  const seen = before === undefined ? [] : [...before.earlier, ...before.transactions];
  const earlier = seen.filter(({ zxid }) => zxid <= base.zxid).slice(-LIVE_LOG_MIN);
  return { base, now: base, transactions: [], earlier };
}

/** Throws InvariantError on events that cannot follow. */
export function extendLiveLog(
  log: LiveLog,
  transactions: readonly Transaction[],
  seen: bigint,
): LiveLog {
  const now = afterTransactions(log.now, transactions, seen);
  const all = log.transactions.concat(transactions);
  const extra = all.length - LIVE_LOG_MIN;
  if (extra <= LIVE_LOG_SLACK) return { ...log, now, transactions: all };
  const old = all.slice(0, extra);
  const last = old.at(-1)?.zxid ?? log.base.zxid;
  const base = afterTransactions(log.base, old, last);
  return { base, now, transactions: all.slice(extra), earlier: [] };
}

/** Takes what a server still had of the time before. */
export function withEarlier(log: LiveLog, earlier: readonly Transaction[]): LiveLog {
  if (earlier.length === 0) return log;
  return { ...log, earlier: earlier.filter(({ zxid }) => zxid <= log.base.zxid) };
}

/** The newest transactions first: those of `transactions`, then the earlier ones. */
export function newestFirst(log: LiveLog, count: number): Transaction[] {
  const newest = log.transactions.slice(-count).reverse();
  const missing = count - newest.length;
  return missing === 0 ? newest : newest.concat(log.earlier.slice(-missing).reverse());
}
