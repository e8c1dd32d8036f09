/**
 * CommittedLogMonotonicity: what a node knows to be committed never shrinks while it lives, and the
 * newest established leader knows all that anyone does. That the committed sequence itself only
 * grows at its end is kept by committed-log.ts, under the same name.
 */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function committedLogMonotonicity({ committed, ledger }: CheckContext): Checker {
  const known = new Map<string, Zxid>();
  return {
    onStart(node) {
      known.delete(node.id);
    },
    afterEvent(node) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      const { commit } = core;
      const before = known.get(node.id) ?? 0n;
      if (commit !== before) {
        known.set(node.id, commit);
        if (commit < before) fail(`${node.id} forgets`, before, commit);
      }
      const { role } = core;
      if (role.kind !== "LEADING" || role.phase !== "BROADCAST") return;
      if (role.epoch !== ledger.newestEstablished || commit === committed.last()) return;
      fail(`${node.id} leads epoch ${role.epoch} and does not know`, committed.last(), commit);
    },
  };
}

function fail(who: string, committed: Zxid, known: Zxid): never {
  const [all, some] = [committed, known].map(formatZxid);
  throw new Violation("CommittedLogMonotonicity", `${who} ${all}, only ${some}`);
}
