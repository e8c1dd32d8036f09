/** Every checker there is, and how they hear of what happens in a simulated cluster. */
import { ackHonesty } from "./checkers/ack-honesty.js";
import type { CheckContext, Checker } from "./checkers/checker.js";
import { clientHistory } from "./checkers/client-history.js";
import { delivery } from "./checkers/delivery.js";
import { determinism } from "./checkers/determinism.js";
import { durableQuorum } from "./checkers/durable-quorum.js";
import { leaderCompleteness } from "./checkers/leader-completeness.js";
import { leadership } from "./checkers/leadership.js";
import { truncation } from "./checkers/truncation.js";
import type { History } from "./history.js";
import type { SimCluster } from "./sim-cluster.js";

export function createJudges(context: CheckContext, history: History): readonly Checker[] {
  return [
    durableQuorum(context),
    ackHonesty(),
    leadership(),
    leaderCompleteness(context),
    delivery(context),
    truncation(context),
    determinism(context),
    clientHistory(context, history),
  ];
}

/** From here on the judges hear of every start, frame, write and applied transaction. */
export function connectJudges(cluster: SimCluster, judges: readonly Checker[]): void {
  const byId = new Map(cluster.nodes.map((node) => [node.id, node]));
  cluster.network.onSend = (from, to, messages) => {
    const node = byId.get(from);
    if (node === undefined) return;
    for (const judge of judges) judge.onSend?.(node, to, messages);
  };
  cluster.onWrite = (node, ops) => {
    for (const judge of judges) judge.onWrite?.(node, ops);
  };
  cluster.onStart = (node) => {
    for (const judge of judges) judge.onStart?.(node);
    node.running?.node.subscribe({
      onApplied: (transactions) => {
        for (const judge of judges) {
          // A leader commits and applies in one step: the oracle hears of the commit first.
          judge.afterEvent?.(node);
          judge.onApplied?.(node, transactions);
        }
      },
      onReset: () => {
        for (const judge of judges) judge.onInstalled?.(node);
      },
    });
  };
}
