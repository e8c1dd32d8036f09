/**
 * RealTime and LinearizableRead (X12): what was asked for after something else was confirmed to
 * anybody lies behind it in the log, and a read that was asked for then has seen it. The place in
 * the log is the linearization point, so this is a witness check, linear in the history's length.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { History } from "../history.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { zxidsByRequest } from "./requests.js";

export function realTime({ committed }: CheckContext, history: History): Checker {
  return {
    atEnd() {
      const byRequest = zxidsByRequest(committed);
      for (const { requestId, newestBefore } of history.operations) {
        const at = byRequest.get(requestId);
        if (at === undefined || at > newestBefore) continue;
        const [is, before] = [at, newestBefore].map(formatZxid);
        throw new Violation("RealTime", `${requestId} at ${is} was asked for after ${before}`);
      }
      for (const { zxid, newestBefore } of history.reads) {
        if (zxid >= newestBefore) continue;
        const [saw, was] = [zxid, newestBefore].map(formatZxid);
        throw new Violation("LinearizableRead", `a read saw ${saw} after ${was} was confirmed`);
      }
    },
  };
}
