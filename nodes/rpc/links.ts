/**
 * What the driver asks of the network: one link to each other node. Two implementations and no
 * third: peer-links.ts (PeerService.Exchange) and the simulated network in test/sim.
 *
 * Per peer, messages arrive in the order sent, or the link goes down; a new link is always
 * announced by onUp, after onDown of the one before. Nothing of an old link arrives after its
 * onDown.
 */

import type { LinkFault } from "../../api/replica.js";
import type { NodeId } from "../zab/entry.js";
import type { PeerMessage } from "./peer-message.js";

export interface LinkListener {
  onUp(peer: NodeId): void;
  onDown(peer: NodeId): void;
  /** One frame: what the peer said in one turn. */
  onMessages(peer: NodeId, messages: readonly PeerMessage[]): void;
}

export interface Links {
  start(listener: LinkListener): void;
  /**
   * One frame. Dropped if the link is down; a link whose peer does not read is ended, not queued.
   */
  send(peer: NodeId, messages: readonly PeerMessage[]): void;
  /** Peers with a live link. */
  connected(): readonly NodeId[];
  setFault(peer: NodeId, fault: LinkFault): void;
  /** While paused nothing is read, as in a frozen process. */
  setPaused(paused: boolean): void;
  close(): void;
}
