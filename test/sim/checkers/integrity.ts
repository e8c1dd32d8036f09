/**
 * Integrity: the leader of an epoch alone, once it has proven itself, makes its entries, and what
 * is delivered under a zxid is what that leader made, to the letter.
 */
import type { Transaction } from "../../../game/transaction.js";
import { epochOf, formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { sameEvents } from "./same-state.js";

export function integrity({ committed, ledger }: CheckContext): Checker {
  /** What the leader made; of what is committed in other words, nothing. */
  function madeAs(zxid: Zxid): Transaction | undefined {
    const at = committed.indexOf(zxid) ?? -1;
    const text = ledger.minted.get(zxid)?.text;
    return committed.entries[at]?.text === text ? committed.transactionAt(at) : undefined;
  }

  return {
    onWrite(node, ops) {
      const { role, phase, epoch } = ledger.of(node).now;
      for (const op of ops) {
        if (op.kind !== "append") continue;
        for (const { zxid } of op.entries) {
          if (ledger.minted.has(zxid)) continue;
          if (role === "LEADING" && phase !== "DISCOVERY" && epoch === epochOf(zxid)) continue;
          const name = formatZxid(zxid);
          throw new Violation("Integrity", `${node.id} writes ${name}, which no leader made`);
        }
      }
    },
    onApplied(node, transactions) {
      for (const transaction of transactions) {
        const { zxid } = transaction;
        const made = madeAs(zxid);
        if (made !== undefined && isSame(made, transaction)) continue;
        throw new Violation("Integrity", `${node.id} delivers ${formatZxid(zxid)} not as made`);
      }
    },
  };
}

function isSame(made: Transaction, delivered: Transaction): boolean {
  return (
    made.zxid === delivered.zxid &&
    made.prev === delivered.prev &&
    made.time === delivered.time &&
    made.requestId === delivered.requestId &&
    sameEvents(made.events, delivered.events)
  );
}
