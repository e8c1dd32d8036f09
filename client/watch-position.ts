/**
 * How far a watch has come, over all its connections: lets through what is new, once and in order.
 * Logs of two servers agree as far as both go, so what one already told is dropped when the next
 * tells it again. A snapshot begins anew, also with an older state: a server sends an older one
 * only after a quorum agreed that the log ends there. No network here; watch.ts feeds it.
 */
import type { Transaction } from "../game/transaction.js";
import { transactionFromMessage } from "../game/transaction-message.js";
import { formatZxid, zxidOf } from "../game/zxid.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { Committed, Snapshot, WatchResponse } from "../gen/zabble/v1/game_pb.js";

export interface WatchPositionOptions {
  /** Empty: every room. */
  readonly room: string;
  /** The last zxid already seen; 0n to begin with a snapshot. */
  readonly from: bigint;
  /** Replaces everything that was known. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /**
   * New transactions in order, none if only other rooms moved on. Everything up to `seen` has now
   * been seen.
   */
  readonly onTransactions: (transactions: readonly Transaction[], seen: bigint) => void;
  readonly onStatus: (status: NodeStatus) => void;
}

export interface WatchPosition {
  /** Everything up to here was delivered; what to resume from. */
  zxid(): bigint;
  /** Delivers what is new. A sentence if the stream must be left, else undefined. */
  take(response: WatchResponse): string | undefined;
}

export function createWatchPosition(options: WatchPositionOptions): WatchPosition {
  let zxid = options.from;

  function takeSnapshot(snapshot: Snapshot): undefined {
    zxid = snapshot.zxid;
    options.onSnapshot(snapshot);
  }

  function takeCommitted(committed: Committed): string | undefined {
    const before = zxid;
    const fresh: Transaction[] = [];
    let fault: string | undefined;
    for (const message of committed.transactions) {
      const at = zxidOf(message.epoch, message.counter);
      if (at <= zxid) continue;
      // Across all rooms the log has no holes; for one room only the server knows.
      if (options.room === "" && message.prev > zxid) {
        fault = `it left a gap after ${formatZxid(zxid)}`;
        break;
      }
      fresh.push(transactionFromMessage(message));
      zxid = at;
    }
    if (fault === undefined && committed.zxid > zxid) zxid = committed.zxid;
    if (zxid > before) options.onTransactions(fresh, zxid);
    return fault;
  }

  return {
    zxid: () => zxid,
    take({ message }) {
      switch (message.case) {
        case "snapshot":
          return takeSnapshot(message.value);
        case "committed":
          return takeCommitted(message.value);
        case "status":
          options.onStatus(message.value);
          return undefined;
        case undefined:
          return "it sent a message that says nothing";
      }
    },
  };
}
