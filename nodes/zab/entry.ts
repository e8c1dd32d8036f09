/**
 * The things that nodes/zab orders. It never looks inside a text; the chain value is computed by
 * whoever makes or receives an entry (crc32 of the text, seeded with the previous entry's chain
 * value) and only compared here, so equal zxid and equal crc mean equal logs up to that entry.
 */
import type { Zxid } from "./zxid.js";

/** A node's name, e.g. "node3". Its rank among voters is its place in the membership list. */
export type NodeId = string;

export interface Entry {
  readonly zxid: Zxid;
  readonly text: string;
  /** Chain value: crc32 over this text, seeded with the chain value of the entry before. */
  readonly crc: number;
}

/** State at exactly `zxid`; the chunks are opaque text for the application. */
export interface SnapshotData {
  readonly zxid: Zxid;
  /** Chain value of the entry at `zxid`. */
  readonly crc: number;
  /** The last zxid of each epoch up to and including `zxid`, oldest first. */
  readonly epochEnds: readonly Zxid[];
  readonly chunks: readonly string[];
}

/** What must become durable, in order. A batch is durable when all of it and all before it is. */
export type WriteOp =
  | { readonly kind: "append"; readonly entries: readonly Entry[] }
  | { readonly kind: "promise"; readonly epoch: number; readonly to: NodeId }
  /** Drops every entry after `to`. */
  | { readonly kind: "truncate"; readonly to: Zxid }
  /** Replaces the whole log by this snapshot. */
  | { readonly kind: "reset"; readonly snapshot: SnapshotData }
  /**
   * From here on this node's vote counts: it took part from the start or was admitted. If its log
   * was distrusted, it no longer is.
   */
  | { readonly kind: "initialize" };
