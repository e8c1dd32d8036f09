/**
 * ProcessConsistency: the log of a follower that took its leader's marker is a prefix of that
 * leader's log, when it takes the marker and with every entry after it.
 */
import { epochOf, formatZxid, zxidOf } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { extend, holds, isPrefix } from "./log-shape.js";

export function processConsistency({ cluster, ledger }: CheckContext): Checker {
  return {
    onWrite(node, ops) {
      const record = ledger.of(node);
      const { role, epoch, leader: leaderId } = record.now;
      if (role !== "FOLLOWING") return;
      const leader = cluster.nodes.find(({ id }) => id === leaderId);
      if (leader?.running === undefined) return;
      const its = ledger.of(leader);
      if (its.now.role !== "LEADING" || its.now.epoch !== epoch) return;
      for (const op of ops) {
        if (op.kind !== "append") continue;
        const { zxid } = op.entries.at(-1) ?? { zxid: 0n };
        if (epochOf(zxid) !== epoch) continue;
        const marked = op.entries.some((entry) => entry.zxid === zxidOf(epoch, 0));
        const own = [...record.shape];
        if (marked) for (const entry of op.entries) extend(own, entry.zxid);
        if (marked ? isPrefix(own, its.shape) : holds(its.shape, zxid)) continue;
        const what = `${node.id} up to ${formatZxid(zxid)} is no prefix of its leader ${leaderId}`;
        throw new Violation("ProcessConsistency", what);
      }
    },
  };
}
