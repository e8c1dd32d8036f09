/**
 * AcknowledgedSurvives (X11): what a client was told is confirmed is in the committed log at the
 * end, under the zxid that it was told.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { History } from "../history.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { zxidsByRequest } from "./requests.js";

export function acknowledgedSurvives({ committed }: CheckContext, history: History): Checker {
  return {
    atEnd() {
      const byRequest = zxidsByRequest(committed);
      for (const { requestId, outcome, zxid } of history.operations) {
        const at = byRequest.get(requestId);
        if (outcome !== "ok" || at === zxid) continue;
        const is = at === undefined ? "nowhere" : formatZxid(at);
        const what = `${requestId}: told ${formatZxid(zxid)}, is ${is}`;
        throw new Violation("AcknowledgedSurvives", what);
      }
    },
  };
}
