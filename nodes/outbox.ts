/**
 * What leaves at the end of a turn, one frame a peer, and what may not leave yet because the disk
 * is behind. This is where "durable before sent" is kept: a send names its batch, and is held until
 * that batch is on disk, or for ever if the relation ends first.
 */
import type { PeerMessage } from "./rpc/peer-message.js";
import type { NodeId } from "./zab/entry.js";

export interface Outbox {
  /** For what waits for nothing. */
  add(to: NodeId, msg: PeerMessage): void;
  /** Leaves with this turn if `after` is durable already, else when release says so. */
  send(to: NodeId, msg: PeerMessage, after: number, durableBatch: number): void;
  release(durableBatch: number): void;
  forgetHeld(): void;
  flush(): void;
}

export function createOutbox(
  transmit: (to: NodeId, messages: readonly PeerMessage[]) => void,
): Outbox {
  let frames = new Map<NodeId, PeerMessage[]>();
  let held: { to: NodeId; msg: PeerMessage; after: number }[] = [];

  function add(to: NodeId, msg: PeerMessage): void {
    const frame = frames.get(to);
    if (frame === undefined) frames.set(to, [msg]);
    else frame.push(msg);
  }

  return {
    add,
    send(to, msg, after, durableBatch) {
      if (after <= durableBatch) add(to, msg);
      else held.push({ to, msg, after });
    },
    release(durableBatch) {
      if (held.length === 0) return;
      const waiting = held;
      held = [];
      for (const one of waiting) {
        if (one.after <= durableBatch) add(one.to, one.msg);
        else held.push(one);
      }
    },
    forgetHeld() {
      held = [];
    },
    flush() {
      if (frames.size === 0) return;
      const leaving = frames;
      frames = new Map();
      for (const [to, messages] of leaving) transmit(to, messages);
    },
  };
}
