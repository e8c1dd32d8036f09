/**
 * NoAckBehindPromise (X5, Rule R): once the promise of an epoch is appended, durable or not, no ack
 * in an earlier epoch leaves.
 */
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function noAckBehindPromise({ ledger }: CheckContext): Checker {
  return {
    onSend(node, to, messages) {
      const { promised } = ledger.of(node);
      for (const msg of messages) {
        if (msg.t !== "ack" || msg.epoch >= promised) continue;
        const what = `${node.id} acks to ${to} in epoch ${msg.epoch} behind promise ${promised}`;
        throw new Violation("NoAckBehindPromise", what);
      }
    },
  };
}
