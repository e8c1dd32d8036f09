/** All that one node says to another: the core's messages, and what the driver adds to them. */

import type { Refusal } from "../../api/refusal.js";
import type { NodeStatus } from "../../gen/zabble/v1/cluster_pb.js";
import type { Held, Want } from "../store/storage.js";
import type { Message } from "../zab/message.js";

/** A command on its way to the leader; the text is the command as JSON. */
export interface ForwardedCommand {
  readonly requestId: string;
  readonly text: string;
}

/** What no commit will tell: a refusal, or the first outcome of a repeated command. */
export type ForwardOutcome =
  | { readonly kind: "done"; readonly zxid: bigint; readonly round: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export type PeerMessage =
  | Message
  | {
      readonly t: "forward";
      /** The epoch in which the sender follows; another one's leader must not decide it. */
      readonly epoch: number;
      readonly commands: readonly ForwardedCommand[];
    }
  | {
      readonly t: "forwardReply";
      /** That of the forward it answers. */
      readonly epoch: number;
      readonly requestId: string;
      readonly outcome: ForwardOutcome;
    }
  | { readonly t: "gossip"; readonly status: NodeStatus }
  /** From a node whose log has holes, to anyone. */
  | { readonly t: "fetch"; readonly want: Want }
  /** The answer to the fetch of the same want. */
  | { readonly t: "fetched"; readonly want: Want; readonly held: Held };
