/** What the protocol does, for the picture: one stream while somebody looks at it, else none. */
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";
import { watchTrace } from "../client/trace-watch.js";
import type { TraceListener, TraceSource } from "./ring/trace-source.js";
import { createVisibleLife, type VisibleLifeOptions } from "./visible-life.js";

export interface PageTraceOptions {
  readonly server: string;
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  readonly page: VisibleLifeOptions["page"];
}

export function createPageTrace({ server, transport, clock, page }: PageTraceOptions): TraceSource {
  const listeners = new Set<TraceListener>();
  let over: AbortController | undefined;

  function begin(): void {
    over = new AbortController();
    createVisibleLife({
      page,
      clock,
      graceMs: 0,
      signal: over.signal,
      live(signal) {
        void watchTrace({
          server,
          transport,
          clock,
          signal,
          onEvents(events, dropped) {
            for (const listener of listeners) listener(events, dropped);
          },
        });
      },
    });
  }

  return {
    listen(listener) {
      listeners.add(listener);
      if (listeners.size === 1) begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) over?.abort();
      };
    },
  };
}
