/** Leadership1: at no instant do two nodes lead the same epoch beyond discovery. */
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import type { NodeRecord } from "./ledger.js";

function leadsBeyondDiscovery({ now }: NodeRecord): boolean {
  return now.role === "LEADING" && now.phase !== "DISCOVERY";
}

export function leadership1({ cluster, ledger }: CheckContext): Checker {
  return {
    onRole(node, record) {
      if (!leadsBeyondDiscovery(record)) return;
      const { epoch } = record.now;
      for (const other of cluster.nodes) {
        if (other.id === node.id || other.running === undefined) continue;
        const its = ledger.of(other);
        if (!leadsBeyondDiscovery(its) || its.now.epoch !== epoch) continue;
        throw new Violation("Leadership1", `${node.id} and ${other.id} lead epoch ${epoch}`);
      }
    },
  };
}
