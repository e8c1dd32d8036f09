/**
 * What the protocol does on every node, as one stream for all who look: one WatchTrace to each node
 * while anybody listens, none while nobody does. A node that goes away is asked again; who is down
 * is the cluster's picture to tell.
 */
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";
import { watchTrace } from "../client/trace-watch.js";
import type { TraceEvent } from "../gen/zabble/v1/cluster_pb.js";

export interface NodeTracesOptions {
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** Takes what a listener threw. */
  readonly fail: (error: unknown) => void;
}

export interface NodeTraces {
  /**
   * `onMissed` hears of events that a node left out. Returns the function that ends it.
   */
  listen(listener: (event: TraceEvent) => void, onMissed?: (count: bigint) => void): () => void;
  close(): void;
}

interface Listener {
  readonly onEvent: (event: TraceEvent) => void;
  readonly onMissed: (count: bigint) => void;
}

export function createNodeTraces(options: NodeTracesOptions): NodeTraces {
  const { servers, transport, clock, fail } = options;
  const listeners = new Set<Listener>();
  let streams: AbortController | undefined;

  function onEvents(events: readonly TraceEvent[], dropped: bigint): void {
    for (const listener of listeners) {
      for (const event of events) listener.onEvent(event);
      if (dropped > 0n) listener.onMissed(dropped);
    }
  }

  function start(): AbortController {
    const over = new AbortController();
    for (const server of servers) {
      watchTrace({ server, transport, clock, signal: over.signal, onEvents }).catch(fail);
    }
    return over;
  }

  function stop(): void {
    streams?.abort(new ConnectError("nobody listens", Code.Canceled));
    streams = undefined;
  }

  return {
    listen(onEvent, onMissed = () => {}) {
      const listener = { onEvent, onMissed };
      listeners.add(listener);
      streams ??= start();
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
