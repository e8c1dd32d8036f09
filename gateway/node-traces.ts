/**
 * What the protocol does on every node, as one stream for all who look: one WatchTrace to each node
 * while anybody listens, none while nobody does. A node that goes away is asked again.
 */
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";
import { ClusterService, type TraceEvent } from "../gen/zabble/v1/cluster_pb.js";

const ASK_AGAIN_MS = 500;

export interface NodeTracesOptions {
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
}

export interface NodeTraces {
  /** Returns the function that ends it. */
  listen(listener: (event: TraceEvent) => void): () => void;
  close(): void;
}

export function createNodeTraces({ servers, transport, clock }: NodeTracesOptions): NodeTraces {
  const listeners = new Set<(event: TraceEvent) => void>();
  let streams: AbortController | undefined;

  async function follow(server: string, signal: AbortSignal): Promise<void> {
    const client = createClient(ClusterService, transport(server));
    while (!signal.aborted) {
      try {
        for await (const { events } of client.watchTrace({}, { signal })) {
          for (const event of events) for (const listener of listeners) listener(event);
        }
      } catch {
        // A node that is down has nothing to show; who is down is the cluster's picture to tell.
      }
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
  }

  function stop(): void {
    streams?.abort(new ConnectError("nobody listens", Code.Canceled));
    streams = undefined;
  }

  return {
    listen(listener) {
      listeners.add(listener);
      if (streams === undefined) {
        streams = new AbortController();
        for (const server of servers) void follow(server, streams.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}
