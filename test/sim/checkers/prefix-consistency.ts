/**
 * PrefixConsistency: what any node delivers is the committed sequence from where it began, entry by
 * entry; so any two nodes' deliveries are prefixes of one another.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function prefixConsistency({ committed }: CheckContext): Checker {
  /** The place in the committed log of what each node delivers next. */
  const next = new Map<string, number>();

  function standAt(node: SimNode): void {
    const zxid = node.running?.node.game().zxid ?? 0n;
    const at = zxid === 0n ? -1 : committed.indexOf(zxid);
    if (at === undefined) {
      const what = `${node.id} has a state at unknown ${formatZxid(zxid)}`;
      throw new Violation("PrefixConsistency", what);
    }
    next.set(node.id, at + 1);
  }

  return {
    onStart: standAt,
    onInstalled: standAt,
    onApplied(node, transactions) {
      let at = next.get(node.id) ?? 0;
      for (const { zxid } of transactions) {
        const wanted = committed.entries[at]?.zxid;
        if (wanted !== zxid) {
          const instead = wanted === undefined ? "nothing" : formatZxid(wanted);
          const what = `${node.id} delivers ${formatZxid(zxid)} where ${instead} is committed`;
          throw new Violation("PrefixConsistency", what);
        }
        at++;
      }
      next.set(node.id, at);
    },
  };
}
