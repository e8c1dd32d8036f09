/** The newest transactions, for watchers that resume; bounded, and never with a gap. */
import type { Transaction } from "../game/transaction.js";

export interface RecentLog {
  /** Nothing before is kept: the state was replaced at this zxid. */
  reset(zxid: bigint): void;
  /** The very next ones, in order. */
  push(transactions: readonly Transaction[]): void;
  /** Those after `zxid`, oldest first, at most `limit`; undefined if that reaches too far back. */
  after(zxid: bigint, limit?: number): readonly Transaction[] | undefined;
}

/** Keeps at least `max` once there are so many, and at most a quarter more. */
export function createRecentLog(max: number): RecentLog {
  let entries: Transaction[] = [];
  /** The zxid just before the first of them. */
  let base = 0n;
  return {
    reset(zxid) {
      entries = [];
      base = zxid;
    },
    push(transactions) {
      for (const transaction of transactions) entries.push(transaction);
      if (entries.length <= max + max / 4) return;
      const gone = entries.length - max;
      base = entries[gone - 1]?.zxid ?? base;
      entries = entries.slice(gone);
    },
    after(zxid, limit = Number.POSITIVE_INFINITY) {
      if (zxid < base) return undefined;
      const from = firstAfter(entries, zxid);
      return entries.slice(from, from + limit);
    },
  };
}

/** The index of the first entry beyond `zxid`, by halves. */
function firstAfter(entries: readonly Transaction[], zxid: bigint): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.zxid ?? zxid) > zxid) high = middle;
    else low = middle + 1;
  }
  return low;
}
