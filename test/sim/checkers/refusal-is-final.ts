/**
 * RefusalIsFinal (X11): a command happens by one of its tries that was not refused with certainty,
 * in the epoch in which that try was made: a relation that is over decides nothing any more.
 * Certain is every refusal that does not call the outcome unknown, for the one try that it answers;
 * and the rules' own no also for all tries that were over when this one was made.
 */
import { epochOf } from "../../../nodes/zab/zxid.js";
import { isUnknown } from "../clients.js";
import type { History } from "../history.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { STATE_REASONS } from "./exactly-once.js";
import { zxidsByRequest } from "./requests.js";

interface Try {
  /** That of the relation in which the asked node stood, 0 in none; unknown if it was frozen. */
  readonly epoch: number | undefined;
  /** Tries that were over when this one was made. */
  readonly after: readonly number[];
}

interface Request {
  /** Those that may make the command happen, or did, by number. */
  readonly tries: Map<number, Try>;
  /** Those whose outcome was called unknown. */
  readonly over: number[];
  /** In which epoch it happened. */
  epoch: number | undefined;
}

/** Without `believesNo` only what the rules refuse, for a command may be on its way twice. */
export function refusalIsFinal(
  { committed, ledger }: CheckContext,
  history: History,
  believesNo: boolean,
): Checker {
  const requests = new Map<string, Request>();

  function check(requestId: string, { tries, epoch }: Request): void {
    if (epoch === undefined) return;
    for (const one of tries.values()) if ((one.epoch ?? epoch) === epoch) return;
    fail(`${requestId} happened in epoch ${epoch}, by no try that was left open there`);
  }

  return {
    onAsked(node, { requestId }, attempt) {
      const request = requests.get(requestId) ?? { tries: new Map(), over: [], epoch: undefined };
      requests.set(requestId, request);
      const epoch = node.frozen ? undefined : ledger.of(node).now.epoch;
      request.tries.set(attempt, { epoch, after: [...request.over] });
    },
    onAnswer(_node, { requestId }, outcome, attempt) {
      const request = requests.get(requestId);
      if (outcome.ok || request === undefined) return;
      if (isUnknown(outcome.refusal)) {
        request.over.push(attempt);
        return;
      }
      const ofTheRules = STATE_REASONS.has(outcome.refusal.reason);
      if (!ofTheRules && !believesNo) return;
      const { tries } = request;
      const earlier = ofTheRules ? (tries.get(attempt)?.after ?? []) : [];
      for (const one of [...earlier, attempt]) tries.delete(one);
      check(requestId, request);
    },
    onCommitted(_node, { zxid }, index) {
      const requestId = committed.transactionAt(index)?.requestId ?? "";
      const request = requests.get(requestId);
      if (request === undefined) return;
      request.epoch = epochOf(zxid);
      check(requestId, request);
    },
    atEnd() {
      const byRequest = zxidsByRequest(committed);
      for (const { requestId, outcome } of history.operations) {
        const happened = outcome === "refused" && byRequest.has(requestId);
        if (happened) fail(`${requestId} was refused and happened`);
      }
    },
  };
}

function fail(what: string): never {
  throw new Violation("RefusalIsFinal", what);
}
