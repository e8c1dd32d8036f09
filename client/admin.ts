/**
 * Breaking nodes on purpose, one call to one node: never repeated and never taken to another node.
 * Answers only where the cluster's configuration says `admin: true`.
 */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { AdminService, LinkDirection } from "../gen/zabble/v1/admin_pb.js";
import { type CallEnd, callWithin } from "./call-within.js";
import type { Clock } from "./clock.js";

const ANSWER_MS = 2000;

export interface AdminOptions {
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
}

/** `message` says why, for a person. */
export type AdminOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface LinkChange {
  /** True: nothing passes. False heals it. */
  readonly cut: boolean;
  /** As the node at `server` sees it; both without it. */
  readonly direction?: LinkDirection;
  /** Added to every outgoing frame; 0 or missing ends a delay. */
  readonly delayMs?: number;
}

/**
 * `server`: the base address of the node that is meant. Nothing rejects; a node that says nothing
 * for 2 s has failed.
 */
export interface Admin {
  /** Ends the node's process. That it died before it could answer is as good. */
  stop(server: string): Promise<AdminOutcome>;
  /** The node neither hears nor speaks to its peers; 0 ends a pause. */
  pause(server: string, durationMs: number): Promise<AdminOutcome>;
  setLink(server: string, peerId: string, change: LinkChange): Promise<AdminOutcome>;
  /** Refused by a node that does not lead. */
  stepDown(server: string): Promise<AdminOutcome>;
}

export function createAdmin({ transport, clock }: AdminOptions): Admin {
  function ask(
    server: string,
    call: (client: Client<typeof AdminService>, signal: AbortSignal) => Promise<unknown>,
  ): Promise<CallEnd<unknown>> {
    const client = createClient(AdminService, transport(server));
    return callWithin(clock, ANSWER_MS, (signal) => call(client, signal));
  }

  return {
    async stop(server) {
      const end = await ask(server, (client, signal) => client.stopNode({}, { signal }));
      if (end.ok || end.late) return outcomeOf(end);
      // A break in the middle is the death that was asked for; a node that explains itself lives.
      const { kind, info } = end.failure;
      return kind === "unknown" && info === undefined ? { ok: true } : outcomeOf(end);
    },
    async pause(server, durationMs) {
      const request = { durationMs };
      return outcomeOf(
        await ask(server, (client, signal) => client.pauseNode(request, { signal })),
      );
    },
    async setLink(server, peerId, { cut, direction = LinkDirection.BOTH, delayMs = 0 }) {
      const request = { peerId, cut, direction, delayMs };
      return outcomeOf(await ask(server, (client, signal) => client.setLink(request, { signal })));
    },
    async stepDown(server) {
      return outcomeOf(await ask(server, (client, signal) => client.stepDown({}, { signal })));
    },
  };
}

function outcomeOf(end: CallEnd<unknown>): AdminOutcome {
  return end.ok ? { ok: true } : { ok: false, message: end.failure.message };
}
