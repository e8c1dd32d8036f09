/** Leadership2: over the whole run an epoch has at most one node that led it beyond discovery. */
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function leadership2({ ledger }: CheckContext): Checker {
  return {
    onRole(node, { now }) {
      if (now.role !== "LEADING" || now.phase === "DISCOVERY") return;
      const first = ledger.leaders.get(now.epoch)?.id;
      if (first === undefined || first === node.id) return;
      throw new Violation("Leadership2", `${first}, then ${node.id} led epoch ${now.epoch}`);
    },
  };
}
