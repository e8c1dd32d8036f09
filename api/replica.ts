/**
 * What the services need of whoever serves: a node (nodes/node.ts), a gateway in front of the nodes
 * (gateway/gateway-replica.ts), in tests a node in memory. The services hold no rules and no state
 * of the cluster.
 */
import type { Command } from "../game/command.js";
import type { Game } from "../game/game.js";
import type { Transaction } from "../game/transaction.js";
import type { ClusterNode, NodeStatus, TraceEvent } from "../gen/zabble/v1/cluster_pb.js";
import type { Refusal } from "./refusal.js";

/** What became of a command. */
export type Outcome =
  | { readonly ok: true; readonly zxid: bigint; readonly round: number }
  | { readonly ok: false; readonly refusal: Refusal };

export type ReadOutcome =
  | { readonly ok: true; readonly zxid: bigint }
  | { readonly ok: false; readonly refusal: Refusal };

export interface ReplicaListener {
  /** Newly applied transactions in order, without gap or repeat. */
  onApplied?(transactions: readonly Transaction[]): void;
  /** The state was replaced by a snapshot from the leader; what was seen before is void. */
  onReset?(): void;
  /** Role, phase, leader or epoch changed. */
  onStatus?(status: NodeStatus): void;
  /** The node is shutting down. */
  onClose?(): void;
}

export interface LinkFault {
  readonly cutOut: boolean;
  readonly cutIn: boolean;
  readonly delayMs: number;
}

/** What readers see of the state. */
export type AppliedState = Pick<Game, "zxid" | "rooms">;

export interface Replica {
  readonly nodeId: string;
  /** Whether AdminService may act. */
  readonly admin: boolean;
  /**
   * Decides the command on the leader; `reply` is called exactly once, never before submit returns.
   */
  submit(command: Command, deadlineMs: number, reply: (outcome: Outcome) => void): void;
  /** A quorum-confirmed read index; `reply` comes when this node has applied at least that much. */
  readIndex(deadlineMs: number, reply: (outcome: ReadOutcome) => void): void;
  /** The applied state. Read it within the turn; never change it. */
  game(): AppliedState;
  status(): NodeStatus;
  cluster(): readonly ClusterNode[];
  quorum(): number;
  /** Returns the function that ends the subscription. */
  subscribe(listener: ReplicaListener): () => void;
  /**
   * Applied transactions after `after` from memory, oldest first, at most `limit`; undefined if
   * that reaches too far back. Each one is decoded anew: ask for no more than is needed.
   */
  recent(after: bigint, limit?: number): readonly Transaction[] | undefined;
  /** Applied transactions after `after` from disk; `oldest` is the first zxid still kept. */
  history(
    after: bigint,
    limit: number,
  ): Promise<{ transactions: readonly Transaction[]; oldest: bigint }>;
  /**
   * What the protocol does, as it does it; costs nothing while nobody listens. `onMissed` hears how
   * many events never came as far as here. Returns the function that ends it.
   */
  trace(listener: (event: TraceEvent) => void, onMissed?: (count: bigint) => void): () => void;
  /** Ends the process without goodbye. */
  stop(): void;
  /** Hears and says nothing to its peers for that long; 0 ends a pause. */
  pause(durationMs: number): void;
  /** False if the peer is unknown. */
  setLink(peerId: string, fault: LinkFault): boolean;
  /** False if this node is not leading. */
  stepDown(): boolean;
}
