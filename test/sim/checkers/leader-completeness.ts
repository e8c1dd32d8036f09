/**
 * LeaderLogCompleteness and PrimaryIntegrity: an established leader's log holds everything that was
 * ever committed in epochs before its own, and it has delivered all of it before it proposes.
 */
import { indexAfter } from "../../../nodes/zab/log.js";
import { epochOf, formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function leaderCompleteness({ committed }: CheckContext): Checker {
  const checked = new Map<SimNode, number>();
  return {
    afterEvent(node) {
      const core = node.running?.node.core;
      if (core?.role.kind !== "LEADING" || core.role.phase !== "BROADCAST") return;
      if (checked.get(node) === core.role.epoch) return;
      checked.set(node, core.role.epoch);
      // A leader may be established late, when a later epoch has begun to commit elsewhere.
      const { epoch } = core.role;
      const last = committed.entries.findLast((entry) => epochOf(entry.zxid) < epoch);
      if (last === undefined) return;
      const mine = core.log.entries[indexAfter(core.log, last.zxid) - 1];
      const known = mine?.zxid === last.zxid ? mine.crc === last.crc : last.zxid <= core.log.base;
      const name = formatZxid(last.zxid);
      if (!known) throw new Violation("LeaderLogCompleteness", `${node.id} leads without ${name}`);
      if (core.delivered < last.zxid) {
        throw new Violation("PrimaryIntegrity", `${node.id} leads before delivering ${name}`);
      }
    },
  };
}
