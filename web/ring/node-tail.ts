/** The newest transactions that a node has committed, out of what the screen has seen. Pure. */
import type { LiveLog } from "../../client/live-log.js";
import type { Transaction } from "../../game/transaction.js";

/** Newest first, at most `count`, none newer than `commitZxid`. */
export function tailUpTo(
  live: LiveLog | undefined,
  commitZxid: bigint,
  count: number,
): readonly Transaction[] {
  if (live === undefined) return [];
  const tail: Transaction[] = [];
  for (const part of [live.transactions, live.earlier]) {
    for (let at = part.length - 1; at >= 0 && tail.length < count; at--) {
      const transaction = part[at];
      if (transaction !== undefined && transaction.zxid <= commitZxid) tail.push(transaction);
    }
  }
  return tail;
}
