/**
 * CommittedLogDurability: no truncation and no reset takes a committed entry from a node, except a
 * reset to a snapshot that covers it.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { firstAfter } from "./log-shape.js";

export function committedLogDurability({ committed, ledger }: CheckContext): Checker {
  return {
    onWrite(node, ops) {
      for (const op of ops) {
        if (op.kind !== "truncate" && op.kind !== "reset") continue;
        const kept = op.kind === "truncate" ? op.to : op.snapshot.zxid;
        if (op.kind === "reset" && committed.indexOf(kept) === undefined) {
          fail(`${node.id} resets to ${formatZxid(kept)}, which is not committed`);
        }
        // Of a log's tail the first entry is committed if any of it is.
        const first = firstAfter(ledger.of(node).shape, kept);
        if (first === undefined || committed.indexOf(first) === undefined) continue;
        fail(`${node.id} drops committed ${formatZxid(first)}`);
      }
    },
  };
}

function fail(what: string): never {
  throw new Violation("CommittedLogDurability", what);
}
