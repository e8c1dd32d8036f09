/** What a checker may look at, and when it is asked. One checker a file, one idea each. */
import type { Transaction } from "../../../game/transaction.js";
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import type { WriteOp } from "../../../nodes/zab/entry.js";
import type { CommittedLog } from "../committed-log.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";

export interface CheckContext {
  readonly cluster: SimCluster;
  readonly committed: CommittedLog;
}

/** Throws a Violation. Everything is asked before the fact takes effect, except afterEvent. */
export interface Checker {
  onStart?(node: SimNode): void;
  onSend?(node: SimNode, to: string, messages: readonly PeerMessage[]): void;
  onWrite?(node: SimNode, ops: readonly WriteOp[]): void;
  onApplied?(node: SimNode, transactions: readonly Transaction[]): void;
  onInstalled?(node: SimNode): void;
  afterEvent?(node: SimNode): void;
  /** The cluster is healed and quiet. */
  atEnd?(): void;
}
