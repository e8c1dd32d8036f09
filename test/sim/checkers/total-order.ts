/**
 * TotalOrder: if some node delivers a before b, whoever delivers b has delivered a before. The
 * order is that in which entries were first delivered anywhere, whatever the oracle says.
 */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

export function totalOrder(): Checker {
  const order: Zxid[] = [];
  const places = new Map<Zxid, number>();
  /** The place of what each node delivers next. */
  const next = new Map<string, number>();

  function begin(node: SimNode): void {
    const zxid = node.running?.node.game().zxid ?? 0n;
    // A state that nobody reached by deliveries is another checker's business.
    next.set(node.id, (places.get(zxid) ?? -1) + 1);
  }

  return {
    onStart: begin,
    onInstalled: begin,
    onApplied(node, transactions) {
      let at = next.get(node.id) ?? 0;
      for (const { zxid } of transactions) {
        const place = places.get(zxid) ?? order.length;
        if (place !== at) {
          const [name, other] = [zxid, order[at] ?? 0n].map(formatZxid);
          const what = place > at ? `without ${other} before it` : "again";
          throw new Violation("TotalOrder", `${node.id} delivers ${name} ${what}`);
        }
        if (place === order.length) {
          order.push(zxid);
          places.set(zxid, place);
        }
        at++;
      }
      next.set(node.id, at);
    },
  };
}
