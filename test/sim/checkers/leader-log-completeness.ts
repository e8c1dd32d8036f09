/**
 * LeaderLogCompleteness: from the moment at which its initial history is fixed, a leader's log
 * holds everything that leaders of earlier epochs have committed, or will.
 */
import { epochOf, formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import type { NodeRecord } from "./ledger.js";
import { holds } from "./log-shape.js";

export function leaderLogCompleteness({ cluster, ledger }: CheckContext): Checker {
  /** The last entry that the leader of each epoch committed, oldest first. */
  const ends: { readonly epoch: number; readonly zxid: Zxid }[] = [];

  function isFixed({ now }: NodeRecord): boolean {
    return now.role === "LEADING" && now.phase !== "DISCOVERY";
  }

  function check(node: SimNode, { now, shape }: NodeRecord, zxid: Zxid): void {
    if (holds(shape, zxid)) return;
    const what = `${node.id} leads epoch ${now.epoch} without ${formatZxid(zxid)}`;
    throw new Violation("LeaderLogCompleteness", what);
  }

  return {
    onRole(node, record) {
      if (!isFixed(record)) return;
      const { epoch } = record.now;
      // A leader may get this far late, when a later epoch has begun to commit elsewhere.
      const last = ends.findLast((end) => end.epoch < epoch);
      if (last !== undefined) check(node, record, last.zxid);
    },
    onCommitted(node, { zxid }) {
      const epoch = epochOf(node.running?.node.core.commit ?? zxid);
      if (ends.at(-1)?.epoch === epoch) ends.pop();
      ends.push({ epoch, zxid });
      for (const one of cluster.nodes) {
        const record = ledger.of(one);
        if (one.running === undefined || !isFixed(record)) continue;
        if (epoch < record.now.epoch) check(one, record, zxid);
      }
    },
  };
}
