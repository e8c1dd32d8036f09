/**
 * PrimaryIntegrity: when a leader makes its first proposal it has delivered everything of earlier
 * epochs that anyone ever delivers: all that is committed by then, and nothing is added later.
 */
import { counterOf, epochOf, formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function primaryIntegrity({ committed, ledger }: CheckContext): Checker {
  /** Epochs in which something was proposed, the marker apart, and the newest of them. */
  const begun = new Set<number>();
  let newest = 0;

  function newestBefore(epoch: number): Zxid {
    return committed.entries.findLast(({ zxid }) => epochOf(zxid) < epoch)?.zxid ?? 0n;
  }

  return {
    onWrite(node, ops) {
      const { role, epoch } = ledger.of(node).now;
      if (role !== "LEADING" || begun.has(epoch)) return;
      const proposes = ops.some(
        (op) => op.kind === "append" && op.entries.some(({ zxid }) => counterOf(zxid) > 0),
      );
      if (!proposes) return;
      begun.add(epoch);
      newest = Math.max(newest, epoch);
      const wanted = newestBefore(epoch);
      if ((node.running?.node.game().zxid ?? 0n) >= wanted) return;
      const name = formatZxid(wanted);
      throw new Violation("PrimaryIntegrity", `${node.id} proposes before delivering ${name}`);
    },
    onCommitted(node, { zxid }) {
      if (epochOf(zxid) >= newest) return;
      const what = `${node.id} commits ${formatZxid(zxid)} after epoch ${newest} began to propose`;
      throw new Violation("PrimaryIntegrity", what);
    },
  };
}
