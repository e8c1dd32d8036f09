/** A checker of each delivery against the one just before it on the same node. */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

/** `mayFollow` says whether a node may deliver `next` right after `last`; 0n is its beginning. */
export function deliveredBefore(
  invariant: string,
  mayFollow: (last: Zxid, next: Zxid, prev: Zxid) => boolean,
): Checker {
  const delivered = new Map<string, Zxid>();

  function begin(node: SimNode): void {
    delivered.set(node.id, node.running?.node.game().zxid ?? 0n);
  }

  return {
    onStart: begin,
    onInstalled: begin,
    onApplied(node, transactions) {
      let last = delivered.get(node.id) ?? 0n;
      for (const { zxid, prev } of transactions) {
        if (!mayFollow(last, zxid, prev)) {
          const what = `${node.id} delivers ${formatZxid(zxid)} after ${formatZxid(last)}`;
          throw new Violation(invariant, what);
        }
        last = zxid;
      }
      delivered.set(node.id, last);
    },
  };
}
