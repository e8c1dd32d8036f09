/**
 * Tells subscribers what was applied and how the node stands. Holds no queue: they bound theirs.
 */

import type { Transaction } from "../game/transaction.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { ReplicaListener } from "./replica.js";

export interface Fan {
  subscribe(listener: ReplicaListener): () => void;
  applied(transactions: readonly Transaction[]): void;
  reset(): void;
  status(status: NodeStatus): void;
  close(): void;
}

export function createFan(): Fan {
  const listeners = new Set<ReplicaListener>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    applied(transactions) {
      for (const listener of listeners) listener.onApplied?.(transactions);
    },
    reset() {
      for (const listener of listeners) listener.onReset?.();
    },
    status(status) {
      for (const listener of listeners) listener.onStatus?.(status);
    },
    close() {
      for (const listener of [...listeners]) listener.onClose?.();
      listeners.clear();
    },
  };
}
