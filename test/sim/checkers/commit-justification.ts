/**
 * CommitJustification (X8): the committed sequence grows by an established leader alone, up to an
 * entry of its own epoch (older ones only under the marker of its own); and what a message calls
 * committed is: after establishment an entry of the sender's epoch, before it what is known of old.
 */
import { epochOf, formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import type { Standing } from "./ledger.js";

export function commitJustification({ committed, ledger }: CheckContext): Checker {
  /** Whether the node is, or was in this turn, the established leader of the epoch. */
  function leads(node: SimNode, epoch: number): boolean {
    return ledger.of(node).recent.some((standing) => isEstablished(standing, epoch));
  }

  function known(node: SimNode, zxid: Zxid): void {
    if (committed.indexOf(zxid) !== undefined || zxid === 0n) return;
    fail(`${node.id} tells of commit ${formatZxid(zxid)}, which nobody made`);
  }

  function announced(node: SimNode, epoch: number, zxid: Zxid, established: boolean): void {
    const name = formatZxid(zxid);
    known(node, zxid);
    const leader = ledger.leaders.get(epoch);
    const isLeaders = leader?.id === node.id && leader.established && epochOf(zxid) === epoch;
    if (established && !isLeaders) {
      fail(`${node.id} tells of commit ${name} in epoch ${epoch}`);
    }
    if (epochOf(zxid) > epoch) fail(`${node.id} tells of ${name} from beyond epoch ${epoch}`);
  }

  return {
    onCommitted(node, { zxid }) {
      // What a leader commits at once ends in its own epoch; this entry may be before that end.
      const { commit } = node.running?.node.core ?? { commit: 0n };
      if (zxid <= commit && leads(node, epochOf(commit))) return;
      fail(`${node.id} commits ${formatZxid(zxid)} and leads no epoch of it`);
    },
    onSend(node, _to, messages) {
      for (const msg of messages) {
        if (msg.t === "commit") announced(node, msg.epoch, msg.zxid, true);
        else if (msg.t === "upToDate") announced(node, msg.epoch, msg.commit, true);
        else if (msg.t === "readIndexReply") {
          if (msg.ok) known(node, msg.zxid);
        } else if (msg.t === "forwardReply") {
          if (msg.outcome.kind === "done") known(node, msg.outcome.zxid);
        } else if (msg.t === "propose" || msg.t === "ping") {
          // Made before the turn established the leader, it tells of what was known of old.
          const before = ledger.of(node).recent[0];
          const established = before !== undefined && isEstablished(before, msg.epoch);
          announced(node, msg.epoch, msg.commit, established);
        }
      }
    },
  };
}

function isEstablished({ role, phase, epoch: its }: Standing, epoch: number): boolean {
  return role === "LEADING" && phase === "BROADCAST" && its === epoch;
}

function fail(what: string): never {
  throw new Violation("CommitJustification", what);
}
