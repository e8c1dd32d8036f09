/**
 * The oracle: the one committed sequence, as the first node that knew it did. It only grows; every
 * checker holds the nodes against it.
 */
import type { Entry } from "../../nodes/zab/entry.js";
import { formatZxid, type Zxid } from "../../nodes/zab/zxid.js";
import { Violation } from "./violation.js";

export interface CommittedLog {
  readonly entries: readonly Entry[];
  last(): Zxid;
  /** Position of the entry, or undefined. */
  indexOf(zxid: Zxid): number | undefined;
  /** Entries that some node takes for committed, in order, after everything before them. */
  confirm(entries: readonly Entry[], by: string): void;
}

export function createCommittedLog(): CommittedLog {
  const entries: Entry[] = [];
  const index = new Map<Zxid, number>();
  return {
    entries,
    last: () => entries.at(-1)?.zxid ?? 0n,
    indexOf: (zxid) => index.get(zxid),
    confirm(confirmed, by) {
      for (const entry of confirmed) {
        const at = index.get(entry.zxid);
        const name = formatZxid(entry.zxid);
        if (at !== undefined) {
          if (entries[at]?.crc === entry.crc) continue;
          throw new Violation("PrefixConsistency", `${by} has another entry at ${name}`);
        }
        const last = entries.at(-1);
        if (last !== undefined && entry.zxid < last.zxid) {
          throw new Violation(
            "TotalOrder",
            `${by} commits ${name} behind ${formatZxid(last.zxid)}`,
          );
        }
        index.set(entry.zxid, entries.length);
        entries.push(entry);
      }
    },
  };
}
