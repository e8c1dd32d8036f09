/**
 * What two cores say to each other. Names are those of Zab (Junqueira, Reed, Serafini, DSN 2011)
 * and of ZooKeeper. Messages of one pair keep their order or the link is broken; the core stays
 * safe even if that fails, because a propose is appended only where it fits exactly.
 *
 *   election          notify
 *   discovery         follower cepoch -> leader newEpoch -> follower ackEpoch
 *   synchronization   leader sync, snapChunk*, propose* (the marker (e,0) is NEWLEADER)
 *                     follower ack(>= (e,0)) -> leader upToDate
 *                     and leader admit, for one whose directory was empty
 *   broadcast         leader propose -> follower ack -> leader commit; ping and pong all along
 */
import type { Entry, NodeId } from "./entry.js";
import type { Zxid } from "./zxid.js";

export type Role = "LOOKING" | "FOLLOWING" | "LEADING";
export type Phase = "ELECTION" | "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";
export type SyncMode = "DIFF" | "TRUNC" | "SNAP";

/** Whom to elect: compared by epoch, then zxid, then the rank of the leader's id. */
export interface Vote {
  readonly leader: NodeId;
  readonly epoch: number;
  readonly zxid: Zxid;
}

export type Message =
  | {
      readonly t: "notify";
      readonly role: Role;
      /** The election round (logical clock) of the sender. */
      readonly round: number;
      readonly vote: Vote;
      /** The sender's directory was empty: its vote must not count. */
      readonly blank: boolean;
      /** The sender's log has no entry, and never lost one to damage. */
      readonly empty: boolean;
      readonly acceptedEpoch: number;
    }
  | {
      readonly t: "cepoch";
      /** Names this try to follow; answers of an earlier try are dropped. */
      readonly attempt: number;
      readonly acceptedEpoch: number;
      readonly counts: boolean;
    }
  | { readonly t: "newEpoch"; readonly attempt: number; readonly epoch: number }
  | {
      readonly t: "ackEpoch";
      readonly attempt: number;
      readonly epoch: number;
      /** False if the promise was already another leader's, or the sender was blank. */
      readonly counts: boolean;
      readonly last: Zxid;
      readonly epochEnds: readonly Zxid[];
      /** Entries at or below this are only in the sender's snapshot. */
      readonly base: Zxid;
    }
  | {
      readonly t: "refuse";
      readonly attempt: number;
      readonly reason: string;
      readonly acceptedEpoch: number;
    }
  | {
      readonly t: "sync";
      readonly attempt: number;
      readonly epoch: number;
      readonly mode: SyncMode;
      readonly zxid: Zxid;
      readonly crc: number;
      readonly chunks: number;
      readonly epochEnds: readonly Zxid[];
    }
  | {
      readonly t: "snapChunk";
      readonly attempt: number;
      readonly index: number;
      readonly text: string;
    }
  | {
      readonly t: "propose";
      readonly epoch: number;
      readonly prev: Zxid;
      readonly prevCrc: number;
      /** One or more, contiguous after `prev`, all of one epoch. */
      readonly entries: readonly Entry[];
      readonly commit: Zxid;
    }
  | { readonly t: "ack"; readonly epoch: number; readonly zxid: Zxid }
  | { readonly t: "upToDate"; readonly epoch: number; readonly commit: Zxid }
  /** To one whose directory was empty: it holds all that it may have forgotten; it may vote. */
  | { readonly t: "admit"; readonly epoch: number }
  | { readonly t: "commit"; readonly epoch: number; readonly zxid: Zxid }
  | { readonly t: "ping"; readonly epoch: number; readonly n: number; readonly commit: Zxid }
  | { readonly t: "pong"; readonly epoch: number; readonly n: number }
  | { readonly t: "readIndex"; readonly id: number }
  | {
      readonly t: "readIndexReply";
      readonly id: number;
      readonly ok: boolean;
      readonly zxid: Zxid;
    };

export type MessageOf<T extends Message["t"]> = Extract<Message, { t: T }>;
