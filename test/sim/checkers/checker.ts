/** What a checker may look at, and when it is asked. One checker a file, one idea each. */
import type { Outcome, ReadOutcome } from "../../../api/replica.js";
import type { Command } from "../../../game/command.js";
import type { Transaction } from "../../../game/transaction.js";
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import type { Entry, SnapshotData, WriteOp } from "../../../nodes/zab/entry.js";
import type { Zxid } from "../../../nodes/zab/zxid.js";
import type { CommittedLog } from "../committed-log.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";
import type { Ledger, NodeRecord } from "./ledger.js";
import type { Replay } from "./replay.js";

export interface CheckContext {
  readonly cluster: SimCluster;
  readonly committed: CommittedLog;
  readonly ledger: Ledger;
  readonly replay: Replay;
}

/** What a linearizable read was asked into. */
export interface ReadQuestion {
  /** The newest state that any read had shown when this one was asked for. */
  readonly newestShown: Zxid;
  /** Whether the node has served at some moment since. */
  readonly served: boolean;
}

/**
 * Throws a Violation. The ledger and the committed log stand as before what is told, except that
 * onRole, onCommitted, onApplied and whatever leaves a node come after what the node knew by then.
 */
export interface Checker {
  /** A life begins: the node has read its platter and not yet taken part. */
  onStart?(node: SimNode): void;
  /** The process is gone; the platter is as the next life will find it. */
  onCrash?(node: SimNode): void;
  /** The simulator is about to take something from its platter. */
  onLoss?(node: SimNode): void;
  /** Handed to the disk, not durable yet. */
  onWrite?(node: SimNode, ops: readonly WriteOp[], batch: number): void;
  /** On the platter; the node has not heard of it yet. */
  onDurable?(node: SimNode, batch: number): void;
  /** A snapshot is handed to the disk. */
  onSnapshot?(node: SimNode, snapshot: SnapshotData): void;
  onSend?(node: SimNode, to: string, messages: readonly PeerMessage[]): void;
  /** Role, phase or epoch of the node is another than before. */
  onRole?(node: SimNode, record: NodeRecord): void;
  /** The committed sequence has grown by this entry, as `node` was the first to know. */
  onCommitted?(node: SimNode, entry: Entry, index: number): void;
  onApplied?(node: SimNode, transactions: readonly Transaction[]): void;
  /** The node's state was replaced by a snapshot. */
  onInstalled?(node: SimNode): void;
  /** A client sent a command to this node; every sending, of an old command too, has a number. */
  onAsked?(node: SimNode, command: Command, attempt: number): void;
  onAnswer?(node: SimNode, command: Command, outcome: Outcome, attempt: number): void;
  onReadAnswer?(node: SimNode, outcome: ReadOutcome, question: ReadQuestion): void;
  /** After every event that touched the node, while it runs. */
  afterEvent?(node: SimNode): void;
  /** The cluster is healed and quiet. */
  atEnd?(): void;
}
