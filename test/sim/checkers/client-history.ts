/**
 * AcknowledgedSurvives, ExactlyOnce (X11), RealTime (X12), RefusalIsFinal: what clients were told
 * against what the committed log holds. The commit index is the linearization point, so this is a
 * witness check, linear in the length of the history.
 */
import { decodeTransaction } from "../../../game/transaction.js";
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { History } from "../history.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function clientHistory({ committed }: CheckContext, history: History): Checker {
  return {
    atEnd() {
      const byRequest = new Map<string, Zxid>();
      for (const entry of committed.entries) {
        const { requestId, zxid } = decodeTransaction(entry.text);
        if (requestId === "") continue;
        if (byRequest.has(requestId)) {
          throw new Violation("ExactlyOnce", `${requestId} is in the log twice`);
        }
        byRequest.set(requestId, zxid);
      }
      for (const op of history.operations) {
        const at = byRequest.get(op.requestId);
        if (op.outcome === "ok") {
          if (at === undefined || at !== op.zxid) {
            const told = formatZxid(op.zxid);
            const is = at === undefined ? "nowhere" : formatZxid(at);
            throw new Violation("AcknowledgedSurvives", `${op.requestId}: told ${told}, is ${is}`);
          }
          if (at <= op.newestBefore) {
            const before = formatZxid(op.newestBefore);
            throw new Violation("RealTime", `${op.requestId} lies before ${before}`);
          }
        } else if (op.outcome === "refused" && at !== undefined) {
          throw new Violation("RefusalIsFinal", `${op.requestId} was refused and happened`);
        }
      }
      for (const read of history.reads) {
        if (read.zxid < read.newestBefore) {
          const [saw, was] = [read.zxid, read.newestBefore].map(formatZxid);
          throw new Violation("LinearizableRead", `a read saw ${saw} after ${was} was confirmed`);
        }
      }
    },
  };
}
