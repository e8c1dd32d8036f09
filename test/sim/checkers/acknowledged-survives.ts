/**
 * AcknowledgedSurvives (X11): what a client was told is confirmed is in the committed log at the
 * end, under the zxid that it was told, and on the platters of a majority. A platter from which the
 * simulator has taken something, or that cannot be read, is not asked.
 */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { History } from "../history.js";
import { isWhole, platterHolds } from "../platter.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { majorityOf } from "./majority.js";
import { zxidsByRequest } from "./requests.js";

export function acknowledgedSurvives(
  { cluster, committed, ledger }: CheckContext,
  history: History,
): Checker {
  function isKept(zxid: Zxid): boolean {
    const crc = committed.entries[committed.indexOf(zxid) ?? -1]?.crc ?? 0;
    const holders = cluster.nodes.filter((node) => {
      const isExcused = ledger.of(node).lost !== undefined || !isWhole(node.platter);
      return isExcused || platterHolds(node.platter, zxid, crc);
    });
    return holders.length >= majorityOf(cluster);
  }

  return {
    atEnd() {
      const byRequest = zxidsByRequest(committed);
      for (const { requestId, outcome, zxid } of history.operations) {
        const at = byRequest.get(requestId);
        if (outcome !== "ok" || (at === zxid && isKept(zxid))) continue;
        const is = at === undefined ? "nowhere" : at === zxid ? "on too few" : formatZxid(at);
        const what = `${requestId}: told ${formatZxid(zxid)}, is ${is}`;
        throw new Violation("AcknowledgedSurvives", what);
      }
    },
  };
}
