/**
 * MonotonicSession (X13): once a linearizable read has shown somebody a state, no read that is
 * asked for later shows an older one, to whomever and on whatever node; so a session never goes
 * back. Reads that ask for one node's own state promise nothing across nodes, for they carry no
 * zxid; on one node state only moves on (deliveries).
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

export function monotonicSession(): Checker {
  return {
    onReadAnswer(node, outcome, { newestShown }) {
      const shows = node.running?.node.game().zxid ?? 0n;
      if (!outcome.ok || shows >= newestShown) return;
      const [now, then] = [shows, newestShown].map(formatZxid);
      throw new Violation("MonotonicSession", `${node.id} shows ${now} after ${then} was shown`);
    },
  };
}
