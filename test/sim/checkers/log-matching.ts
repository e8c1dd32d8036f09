/**
 * LogMatching (X1): equal zxids mean equal logs up to there. The chain value of an entry stands for
 * all before it, so it is enough that a zxid has one, and one text, whoever writes it or has it on
 * the platter.
 */
import type { Entry } from "../../../nodes/zab/entry.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function logMatching({ ledger }: CheckContext): Checker {
  function compare(node: SimNode, entries: readonly Entry[]): void {
    for (const { zxid, crc, text } of entries) {
      const first = ledger.minted.get(zxid);
      if (first === undefined || (first.crc === crc && first.text === text)) continue;
      throw new Violation("LogMatching", `${node.id} has another ${formatZxid(zxid)}`);
    }
  }

  return {
    onStart: (node) => compare(node, node.platter.entries),
    onWrite(node, ops) {
      for (const op of ops) if (op.kind === "append") compare(node, op.entries);
    },
  };
}
