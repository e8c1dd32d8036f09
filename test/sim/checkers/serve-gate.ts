/**
 * ServeGate (X15, P7): a yes names what this node has applied, and what is committed; a no of the
 * rules comes from an established leader or from a follower that it brought up to date, and the
 * index of a read was confirmed while the node was one of these. What may be said by anybody: that
 * there is no leader, and where a command stands that this node has applied, for that never
 * changes. Readers who ask for stale state do not come by here.
 */
import type { Refusal } from "../../../api/refusal.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { STATE_REASONS } from "./exactly-once.js";

export function serveGate({ committed, ledger }: CheckContext): Checker {
  /** What a turn answers may rest on any role that it had in the turn. */
  function mustServe(node: SimNode, what: string): void {
    const { now, recent } = ledger.of(node);
    if (recent.some(({ phase }) => phase === "BROADCAST")) return;
    fail(`${node.id} ${what} while ${now.role} in ${now.phase}`);
  }

  function mustHave(node: SimNode, zxid: bigint): void {
    const applied = node.running?.node.game().zxid ?? 0n;
    if (zxid > applied) fail(`${node.id} answers ${formatZxid(zxid)} at ${formatZxid(applied)}`);
    if (zxid === 0n || committed.indexOf(zxid) !== undefined) return;
    fail(`${node.id} answers ${formatZxid(zxid)}, which is not committed`);
  }

  return {
    onAnswer(node, command, outcome) {
      if (outcome.ok) mustHave(node, outcome.zxid);
      else if (isOfTheRules(outcome.refusal)) mustServe(node, `refuses ${command.requestId}`);
    },
    onReadAnswer(node, outcome, { served }) {
      if (!outcome.ok) return;
      if (!served) fail(`${node.id} answers a read and did not serve since it was asked`);
      mustHave(node, outcome.zxid);
    },
  };
}

function isOfTheRules({ reason }: Refusal): boolean {
  return STATE_REASONS.has(reason);
}

function fail(what: string): never {
  throw new Violation("ServeGate", what);
}
