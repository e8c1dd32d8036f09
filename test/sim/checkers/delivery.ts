/**
 * PrefixConsistency, TotalOrder, Integrity, GlobalPrimaryOrder: what each node delivers is the
 * committed sequence, from where it began, without gap, repeat or change.
 */
import { encodeTransaction, type Transaction } from "../../../game/transaction.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function delivery({ committed }: CheckContext): Checker {
  /** The index in the committed log of what each node delivers next. */
  const next = new Map<SimNode, number>();

  function standAt(node: SimNode): void {
    const zxid = node.running?.node.game().zxid ?? 0n;
    const at = zxid === 0n ? -1 : committed.indexOf(zxid);
    if (at === undefined) {
      throw new Violation(
        "PrefixConsistency",
        `${node.id} has a state at unknown ${formatZxid(zxid)}`,
      );
    }
    next.set(node, at + 1);
  }

  function expect(node: SimNode, transaction: Transaction): void {
    const at = next.get(node) ?? 0;
    const entry = committed.entries[at];
    const name = formatZxid(transaction.zxid);
    if (entry === undefined) {
      throw new Violation("Integrity", `${node.id} delivers ${name}, which nobody committed`);
    }
    if (entry.zxid !== transaction.zxid) {
      const wanted = formatZxid(entry.zxid);
      throw new Violation("TotalOrder", `${node.id} delivers ${name} instead of ${wanted}`);
    }
    if (entry.text !== encodeTransaction(transaction)) {
      throw new Violation("Integrity", `${node.id} delivers another ${name}`);
    }
    next.set(node, at + 1);
  }

  return {
    onStart: standAt,
    onInstalled: standAt,
    onApplied(node, transactions) {
      for (const transaction of transactions) expect(node, transaction);
    },
  };
}
