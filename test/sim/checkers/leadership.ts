/**
 * Leadership1 and 2: an epoch has at most one node that ever synchronized others as its leader.
 * PromiseUniqueness (X3) and EpochMonotonicity (X2): a platter's promise never changes owner within
 * an epoch and never goes back.
 */
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

export function leadership(): Checker {
  const leaders = new Map<number, string>();
  const promises = new Map<SimNode, { epoch: number; to: string; wiped: boolean }>();
  return {
    afterEvent(node) {
      const role = node.running?.node.core.role;
      if (role?.kind === "LEADING" && role.phase !== "DISCOVERY") {
        const known = leaders.get(role.epoch);
        if (known === undefined) leaders.set(role.epoch, node.id);
        else if (known !== node.id) {
          throw new Violation("Leadership2", `${known} and ${node.id} lead epoch ${role.epoch}`);
        }
      }
      const { acceptedEpoch: epoch, promisedTo: to, initialized } = node.platter;
      const before = promises.get(node);
      if (before?.epoch === epoch && before.to === to) return;
      // A wiped directory forgets; that such a node does not count is another checker's business.
      const forgot = epoch === 0 && !initialized;
      if (before !== undefined && !forgot) {
        if (epoch < before.epoch) {
          throw new Violation("EpochMonotonicity", `${node.id}: ${before.epoch} to ${epoch}`);
        }
        if (epoch === before.epoch && before.to !== to) {
          const owners = `${before.to}, then ${to}`;
          throw new Violation("PromiseUniqueness", `${node.id} gave epoch ${epoch} to ${owners}`);
        }
      }
      promises.set(node, { epoch, to, wiped: forgot });
    },
  };
}
