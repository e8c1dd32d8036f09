/**
 * The whole boundary of the core: inputs in, outputs out, nothing else. The driver owes four
 * things, in this order, for the outputs of one step:
 *   1. queue every `write`, in order, on the one disk queue;
 *   2. hold each `send` until the batch named by its `after` is durable (0: nothing to wait for),
 *      and forget held sends when a `leave` comes: they belong to a relation that is over;
 *   3. hand `deliver` and `install` to the application, in order;
 *   4. feed back `durable`, `marker` and `snapshot` as inputs.
 * etcd-io/raft's shape, with the disk addressed by messages too.
 */
import type { Entry, NodeId, SnapshotData, WriteOp } from "./entry.js";
import type { Message, Phase, Role } from "./message.js";
import type { Zxid } from "./zxid.js";

export type Input =
  /** That many ticks have passed since the last one; more than one after a pause. */
  | { readonly t: "tick"; readonly ticks: number }
  | { readonly t: "recv"; readonly from: NodeId; readonly msg: Message }
  | { readonly t: "link"; readonly peer: NodeId; readonly up: boolean }
  /** Every batch up to this one is durable. */
  | { readonly t: "durable"; readonly batch: number }
  /** New entries after the log's last, by the established leader only. One proposal frame. */
  | { readonly t: "propose"; readonly entries: readonly Entry[] }
  /** The epoch marker that `wantMarker` asked for. */
  | { readonly t: "marker"; readonly entry: Entry }
  /** The snapshot that `wantSnapshot` asked for. */
  | {
      readonly t: "snapshot";
      readonly peer: NodeId;
      readonly attempt: number;
      readonly snapshot: SnapshotData;
    }
  /** Wants a read index: a zxid that covers everything confirmed anywhere before now. */
  | { readonly t: "read"; readonly id: number }
  /** Give up leading and stay out of the next election for that long. */
  | { readonly t: "stepDown"; readonly quietTicks: number }
  /** The end of a turn: whatever was collected leaves now. */
  | { readonly t: "flush" };

export type Output =
  | { readonly t: "send"; readonly to: NodeId; readonly msg: Message; readonly after: number }
  | { readonly t: "write"; readonly batch: number; readonly ops: readonly WriteOp[] }
  /** Committed and durable here; in order, once. */
  | { readonly t: "deliver"; readonly entries: readonly Entry[] }
  /** The application state is to be replaced; the snapshot is durable. */
  | { readonly t: "install"; readonly snapshot: SnapshotData }
  | { readonly t: "readReady"; readonly id: number; readonly zxid: Zxid }
  | { readonly t: "readFailed"; readonly id: number }
  | { readonly t: "wantMarker"; readonly zxid: Zxid; readonly prev: Zxid; readonly prevCrc: number }
  | { readonly t: "wantSnapshot"; readonly peer: NodeId; readonly attempt: number }
  /** A relation ended: held sends and forwarded commands of it are void. */
  | { readonly t: "leave"; readonly why: string }
  | { readonly t: "trace"; readonly event: CoreTrace }
  /** An invariant is broken: the process must end. */
  | { readonly t: "halt"; readonly why: string };

/** A fact about the protocol, for logs, traces and checkers. */
export interface CoreTrace {
  readonly kind:
    | "ROLE"
    | "VOTE"
    | "PROMISE"
    | "SYNC_SENT"
    | "SYNC_TAKEN"
    | "ESTABLISHED"
    | "LEARNER"
    | "PROPOSE"
    | "ACK"
    | "COMMIT";
  readonly role: Role;
  readonly phase: Phase;
  readonly peer?: NodeId;
  readonly zxid?: Zxid;
  readonly epoch?: number;
  readonly detail?: string;
}
