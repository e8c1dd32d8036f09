/**
 * AckHonesty (X4; P1, P2, P3, P5, D5): what a message says to be durable is on the sender's platter
 * when it leaves, and a report of a log says neither more nor less than the log holds.
 */
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import type { MessageOf } from "../../../nodes/zab/message.js";
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { platterHolds } from "../platter.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { lastOf } from "./log-shape.js";

export function ackHonesty({ ledger }: CheckContext): Checker {
  function isOnDisk({ platter }: SimNode, zxid: Zxid): boolean {
    return platterHolds(platter, zxid, ledger.minted.get(zxid)?.crc ?? 0);
  }

  function lieInReport(node: SimNode, to: string, msg: MessageOf<"ackEpoch">): string | undefined {
    const { acceptedEpoch, promisedTo, initialized } = node.platter;
    const { epoch, last, counts, epochEnds } = msg;
    if (acceptedEpoch < epoch) return `promises ${epoch} unsynced`;
    const isAnothers = acceptedEpoch === epoch && promisedTo !== to;
    if (counts && isAnothers) return `gives epoch ${epoch} of ${promisedTo}`;
    if (counts && !initialized) return "counts itself without a vote";
    if (!isOnDisk(node, last)) return `reports ${formatZxid(last)} unsynced`;
    const { shape } = ledger.of(node);
    const same = epochEnds.every((end, index) => end === shape[index]);
    if (same && epochEnds.length === shape.length && last === lastOf(shape)) return undefined;
    return `reports another log than its own, to ${formatZxid(last)}`;
  }

  function lieIn(node: SimNode, to: string, msg: PeerMessage): string | undefined {
    const { acceptedEpoch, promisedTo, entries, distrusted } = node.platter;
    switch (msg.t) {
      case "ack":
        return isOnDisk(node, msg.zxid) ? undefined : `acks ${formatZxid(msg.zxid)} unsynced`;
      case "ackEpoch":
        return lieInReport(node, to, msg);
      case "newEpoch": {
        const own = acceptedEpoch >= msg.epoch && promisedTo === node.id;
        return own ? undefined : `proposes epoch ${msg.epoch} without its own promise on disk`;
      }
      case "cepoch":
        return msg.acceptedEpoch < acceptedEpoch ? "hides a promise" : undefined;
      case "notify": {
        const was = entries.length > 0 || distrusted;
        return msg.empty && was ? "calls its log empty" : undefined;
      }
      default:
        return undefined;
    }
  }

  return {
    onSend(node, to, messages) {
      for (const msg of messages) {
        const lie = lieIn(node, to, msg);
        if (lie !== undefined) throw new Violation("AckHonesty", `${node.id} to ${to}: ${lie}`);
      }
    },
  };
}
