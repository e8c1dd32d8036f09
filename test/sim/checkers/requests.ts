/** Where in the committed log each client's command stands. */
import type { Zxid } from "../../../nodes/zab/zxid.js";
import type { CommittedLog } from "../committed-log.js";

/** Of a request id that stands there twice, the first place. */
export function zxidsByRequest(committed: CommittedLog): ReadonlyMap<string, Zxid> {
  const zxids = new Map<string, Zxid>();
  for (const [index, { zxid }] of committed.entries.entries()) {
    const requestId = committed.transactionAt(index)?.requestId ?? "";
    if (requestId !== "" && !zxids.has(requestId)) zxids.set(requestId, zxid);
  }
  return zxids;
}
