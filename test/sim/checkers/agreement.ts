/**
 * Agreement: if one node delivered a and another b, then one of them delivered both. Held apart
 * from any order and from the oracle: of two sets of deliveries one holds the other, so sets of one
 * size are equal. A set is known by its size and the sum of a hash of its entries.
 */
import type { Transaction } from "../../../game/transaction.js";
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

interface Delivered {
  readonly size: number;
  readonly hash: number;
}

const NOTHING: Delivered = { size: 0, hash: 0 };

export function agreement({ ledger }: CheckContext): Checker {
  const sets = new Map<string, Delivered>();
  /** The hash of the one set of each size. */
  const hashes: number[] = [0];
  /** The set of whoever had delivered up to there: a snapshot at that zxid stands for it. */
  const upTo = new Map<Zxid, Delivered>([[0n, NOTHING]]);

  function add(set: Delivered, { zxid }: Transaction): Delivered {
    const size = set.size + 1;
    const own = Math.imul((ledger.minted.get(zxid)?.crc ?? 0) ^ Number(zxid & 0xffffn), 2654435761);
    const hash = (set.hash + own) | 0;
    upTo.set(zxid, { size, hash });
    return { size, hash };
  }

  function begin(node: SimNode): void {
    sets.set(node.id, upTo.get(node.running?.node.game().zxid ?? 0n) ?? NOTHING);
  }

  return {
    onStart: begin,
    onInstalled: begin,
    onApplied(node, transactions) {
      let set = sets.get(node.id) ?? NOTHING;
      for (const transaction of transactions) {
        set = add(set, transaction);
        hashes[set.size] ??= set.hash;
        if (hashes[set.size] === set.hash) continue;
        const name = formatZxid(transaction.zxid);
        const what = `${node.id} has ${set.size} deliveries up to ${name}, others have others`;
        throw new Violation("Agreement", what);
      }
      sets.set(node.id, set);
    },
  };
}
