/**
 * NoGaps (X9): a log goes from entry to entry without leaving one out, as it is written and as it
 * is found on a platter; a state goes from transaction to transaction by what each names as the one
 * before it; and memory believes in no other end of the log than what was written (D5).
 */
import { follows, lastZxid } from "../../../nodes/zab/log.js";
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { deliveredBefore } from "./delivered-before.js";
import { lastOf } from "./log-shape.js";

export function noGaps({ ledger }: CheckContext): Checker {
  const delivery = deliveredBefore("NoGaps", (last, _next, prev) => prev === last);

  function chain(who: string, from: Zxid, entries: readonly { readonly zxid: Zxid }[]): Zxid {
    let last = from;
    for (const { zxid } of entries) {
      if (!follows(last, zxid)) fail(`${who} has ${formatZxid(zxid)} after`, last);
      last = zxid;
    }
    return last;
  }

  return {
    ...delivery,
    onStart(node) {
      delivery.onStart?.(node);
      const { base, entries } = node.platter;
      chain(`the disk of ${node.id}`, base.zxid, entries);
    },
    onWrite(node, ops) {
      let last = lastOf(ledger.of(node).shape);
      for (const op of ops) {
        if (op.kind === "append") last = chain(node.id, last, op.entries);
        else if (op.kind === "truncate") last = op.to;
        else if (op.kind === "reset") last = op.snapshot.zxid;
      }
    },
    afterEvent(node) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      const written = lastOf(ledger.of(node).shape);
      const believed = lastZxid(core.log);
      if (believed !== written) fail(`${node.id} believes ${formatZxid(believed)}, wrote`, written);
    },
  };
}

function fail(what: string, zxid: Zxid): never {
  throw new Violation("NoGaps", `${what} ${formatZxid(zxid)}`);
}
