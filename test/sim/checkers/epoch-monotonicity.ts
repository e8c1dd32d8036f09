/**
 * EpochMonotonicity (X2): a promise is never followed by a lower one, in memory or on a platter,
 * over crashes too. A log grows shorter only by order of a leader that a quorum has promised its
 * epoch, and loses only what is not in that leader's initial history.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { firstAfter, holds } from "./log-shape.js";

export function epochMonotonicity({ ledger }: CheckContext): Checker {
  /** The newest promise in each node's memory, and the newest that was on its platter. */
  const believed = new Map<string, number>();
  const onPlatter = new Map<string, number>();

  function risen(node: SimNode, seen: Map<string, number>, epoch: number, where: string): void {
    const before = seen.get(node.id) ?? 0;
    if (epoch < before) fail(`${node.id} ${where} ${epoch} after ${before}`);
    if (epoch > before) seen.set(node.id, epoch);
  }

  function checkPlatter(node: SimNode): void {
    risen(node, onPlatter, node.platter.acceptedEpoch, "has on its disk promise");
  }

  return {
    onLoss(node) {
      onPlatter.delete(node.id);
    },
    onStart(node) {
      const { initialized, acceptedEpoch } = node.platter;
      // Who has lost its promises must not count until it was admitted.
      const lost = ledger.of(node).lost?.acceptedEpoch ?? 0;
      const first = !onPlatter.has(node.id);
      if (first && initialized && acceptedEpoch < lost) fail(`${node.id} forgot promise ${lost}`);
      checkPlatter(node);
      believed.delete(node.id);
    },
    onDurable: checkPlatter,
    onCrash: checkPlatter,
    onWrite(node, ops) {
      const { shape, now } = ledger.of(node);
      for (const op of ops) {
        if (op.kind !== "truncate" && op.kind !== "reset") continue;
        const kept = op.kind === "truncate" ? op.to : op.snapshot.zxid;
        const leader = ledger.leaders.get(now.epoch);
        const ordered = now.role === "FOLLOWING" && leader?.id === now.leader;
        if (!ordered) fail(`${node.id} shortens its log, and no proven leader told it to`);
        const first = firstAfter(shape, kept);
        if (first === undefined || !holds(leader.initial, first)) continue;
        fail(`${node.id} drops ${formatZxid(first)}, which its leader ${leader.id} began with`);
      }
    },
    afterEvent(node) {
      const epoch = node.running?.node.core.acceptedEpoch;
      if (epoch !== undefined) risen(node, believed, epoch, "believes in promise");
    },
  };
}

function fail(what: string): never {
  throw new Violation("EpochMonotonicity", what);
}
