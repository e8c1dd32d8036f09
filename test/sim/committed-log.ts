/**
 * The oracle: the one committed sequence, as the first node that knew it did. It only grows, at its
 * end; every checker holds the nodes against it.
 */
import { decodeTransaction, type Transaction } from "../../game/transaction.js";
import type { Entry } from "../../nodes/zab/entry.js";
import { follows } from "../../nodes/zab/log.js";
import { formatZxid, type Zxid } from "../../nodes/zab/zxid.js";
import { Violation } from "./violation.js";

export interface CommittedLog {
  readonly entries: readonly Entry[];
  last(): Zxid;
  /** Position of the entry, or undefined. */
  indexOf(zxid: Zxid): number | undefined;
  /** What the entry at that position says; undefined behind the last. */
  transactionAt(index: number): Transaction | undefined;
  /** Entries that some node takes for committed, in order, after everything before them. */
  confirm(entries: readonly Entry[], by: string): void;
}

export function createCommittedLog(): CommittedLog {
  const entries: Entry[] = [];
  const index = new Map<Zxid, number>();
  const transactions: Transaction[] = [];

  function grow(entry: Entry, by: string): void {
    const last = entries.at(-1)?.zxid ?? 0n;
    if (!follows(last, entry.zxid)) {
      const place = `${formatZxid(entry.zxid)} behind ${formatZxid(last)}`;
      throw new Violation("CommittedLogMonotonicity", `${by} commits ${place}`);
    }
    index.set(entry.zxid, entries.length);
    entries.push(entry);
  }

  return {
    entries,
    last: () => entries.at(-1)?.zxid ?? 0n,
    indexOf: (zxid) => index.get(zxid),
    transactionAt(at) {
      const entry = entries[at];
      if (entry === undefined) return undefined;
      transactions[at] ??= decodeTransaction(entry.text);
      return transactions[at];
    },
    confirm(confirmed, by) {
      for (const entry of confirmed) {
        const at = index.get(entry.zxid);
        if (at === undefined) grow(entry, by);
        else if (entries[at]?.crc !== entry.crc) {
          const name = formatZxid(entry.zxid);
          throw new Violation("PrefixConsistency", `${by} commits another entry at ${name}`);
        }
      }
    },
  };
}
