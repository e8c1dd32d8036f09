/** PromiseUniqueness (X3): a platter gives an epoch to one leader and to no other, ever. */
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function promiseUniqueness({ ledger }: CheckContext): Checker {
  function check(node: SimNode): void {
    const { acceptedEpoch, promisedTo } = node.platter;
    const owner = ledger.of(node).promises.get(acceptedEpoch);
    if (owner === undefined || owner === promisedTo) return;
    const what = `${node.id} gave epoch ${acceptedEpoch} to ${owner}, then to ${promisedTo}`;
    throw new Violation("PromiseUniqueness", what);
  }

  return { onStart: check, onDurable: check, onCrash: check };
}
