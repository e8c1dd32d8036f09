/** What the protocol does, for the picture: one stream for all who listen in this page. */
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";
import { watchTrace } from "../client/trace-watch.js";
import type { TraceListener, TraceSource } from "./ring/trace-source.js";

export interface PageTraceOptions {
  readonly server: string;
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** Takes what a listener threw. */
  readonly fail: (error: unknown) => void;
}

export interface PageTrace extends TraceSource {
  /** Hears it from the server until the signal aborts. */
  follow(signal: AbortSignal): void;
}

export function createPageTrace({ server, transport, clock, fail }: PageTraceOptions): PageTrace {
  const listeners = new Set<TraceListener>();
  return {
    follow(signal) {
      const onEvents: TraceListener = (events, dropped) => {
        for (const listener of listeners) listener(events, dropped);
      };
      watchTrace({ server, transport, clock, signal, onEvents }).catch(fail);
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
