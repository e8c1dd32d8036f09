/**
 * Answers nodes whose log has holes, from whatever this node's disk holds durable and sound. That
 * need not be committed: an entry is the same wherever its zxid is. One answer at a time for each
 * peer; who asks again before it has come asked in vain.
 */
import type { PeerMessage } from "./rpc/peer-message.js";
import type { EntrySource, Held, Want } from "./store/storage.js";
import type { NodeId } from "./zab/entry.js";

export interface FetchDesk {
  onFetch(peer: NodeId, want: Want): void;
}

export interface FetchDeskOptions {
  readonly source: EntrySource;
  /** False if this node may have forgotten what it held: then its "never" proves nothing. */
  readonly isSure: () => boolean;
  readonly reply: (to: NodeId, msg: PeerMessage) => void;
}

export function createFetchDesk({ source, isSure, reply }: FetchDeskOptions): FetchDesk {
  const reading = new Set<NodeId>();
  return {
    onFetch(peer, want) {
      if (reading.has(peer)) return;
      reading.add(peer);
      source.fetch(want, (held) => {
        reading.delete(peer);
        const isProof = held.lack !== "never" || isSure();
        const told: Held = isProof ? held : { entries: [], lack: "unreadable" };
        reply(peer, { t: "fetched", want, held: told });
      });
    },
  };
}
