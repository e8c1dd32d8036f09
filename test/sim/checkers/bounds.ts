/**
 * Bounds (X7): a node has applied nothing that is not committed as far as it knows, and on its own
 * platter; also right after a start.
 */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function bounds({ committed }: CheckContext): Checker {
  return {
    onStart(node) {
      const core = node.running?.node.core;
      if (core === undefined || core.commit <= committed.last()) return;
      fail(`${node.id} starts with commit`, core.commit, committed.last());
    },
    afterEvent(node) {
      const { running, platter } = node;
      // While a snapshot replaces the log, disk and state are still those of before.
      if (running === undefined || running.node.core.installing !== undefined) return;
      const { commit, durable } = running.node.core;
      const applied = running.node.game().zxid;
      if (applied > commit) fail(`${node.id} applied`, applied, commit);
      if (applied > durable) fail(`${node.id} applied before its sync`, applied, durable);
      const onDisk = platter.entries.at(-1)?.zxid ?? platter.base.zxid;
      if (applied > onDisk) fail(`${node.id} applied what its disk lacks,`, applied, onDisk);
    },
  };
}

function fail(what: string, is: Zxid, allowed: Zxid): never {
  throw new Violation("Bounds", `${what} ${formatZxid(is)}, beyond ${formatZxid(allowed)}`);
}
