/**
 * DurableQuorum (P6, X6): when the first node takes an entry for committed, a quorum of platters
 * holds it. Bounds (X7): nothing is applied that is not both
 * committed and on this node's own platter.
 */
import { type Core, minZxid } from "../../../nodes/zab/core.js";
import type { Entry } from "../../../nodes/zab/entry.js";
import { indexAfter } from "../../../nodes/zab/log.js";
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { platterHolds } from "../sim-disk.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

/** What the node took for committed since `known`: memory may have trimmed it, then disk has it. */
function between(node: SimNode, core: Core, known: Zxid): Entry[] {
  const onDisk: Entry[] = [];
  for (let i = node.platter.entries.length - 1; i >= 0; i--) {
    const entry = node.platter.entries[i];
    if (entry === undefined || entry.zxid <= known) break;
    if (entry.zxid <= core.log.base && entry.zxid <= core.commit) onDisk.unshift(entry);
  }
  const from = indexAfter(core.log, known);
  return [...onDisk, ...core.log.entries.slice(from, indexAfter(core.log, core.commit))];
}

export function durableQuorum({ cluster, committed }: CheckContext): Checker {
  const seen = new Map<SimNode, { life: number; commit: Zxid }>();
  return {
    afterEvent(node) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      // While a snapshot replaces the log, disk and state are still those of before.
      if (core.installing !== undefined) return;
      const limit = minZxid(core.commit, core.durable);
      const applied = node.running?.node.game().zxid ?? 0n;
      if (applied > limit) {
        throw new Violation("Bounds", `${node.id} applied ${formatZxid(applied)} too early`);
      }
      const before = seen.get(node);
      if (before?.life === node.life && before.commit === core.commit) return;
      const known = before?.life === node.life ? before.commit : 0n;
      seen.set(node, { life: node.life, commit: core.commit });
      const fresh = between(node, core, known);
      for (const entry of fresh) {
        if (committed.indexOf(entry.zxid) !== undefined) continue;
        const holders = cluster.nodes.filter((one) =>
          platterHolds(one.platter, entry.zxid, entry.crc),
        );
        // A directory that was emptied after its node had acked: the one loss we claim to survive.
        const emptied = cluster.nodes.filter((one) => !one.platter.initialized).length;
        if (holders.length + emptied >= cluster.config.quorum) continue;
        const name = formatZxid(entry.zxid);
        const where = holders.map((one) => one.id).join(" ");
        throw new Violation(
          "DurableQuorum",
          `${node.id} commits ${name}, held by ${where || "none"}`,
        );
      }
      committed.confirm(fresh, node.id);
    },
  };
}
