/**
 * Follows what the protocol does on one server, as long as somebody wants to see it: a server that
 * goes away is asked again. It is a sample, so nothing is resumed and what was missed is gone.
 */
import { createClient, type Transport } from "@connectrpc/connect";
import { ClusterService, type TraceEvent } from "../gen/zabble/v1/cluster_pb.js";
import type { Clock } from "./clock.js";
import { failureOfError } from "./failure.js";

const ASK_AGAIN_MIN_MS = 500;
const ASK_AGAIN_MAX_MS = 2000;

export interface TraceWatchOptions {
  /** The base address. */
  readonly server: string;
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** `dropped`: events that the server left out since the last time. */
  readonly onEvents: (events: readonly TraceEvent[], dropped: bigint) => void;
}

/** Resolves after `signal` aborted. Rejects only with what the callback threw. */
export async function watchTrace(options: TraceWatchOptions): Promise<void> {
  const { clock, signal } = options;
  let waitMs = ASK_AGAIN_MIN_MS;
  while (!signal.aborted) {
    const heard = await followOnce(options);
    if (heard) waitMs = ASK_AGAIN_MIN_MS;
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(2 * waitMs, ASK_AGAIN_MAX_MS);
  }
}

/** Until the stream ends, for whatever reason; true if the server said anything. */
async function followOnce({
  server,
  transport,
  signal,
  onEvents,
}: TraceWatchOptions): Promise<boolean> {
  const client = createClient(ClusterService, transport(server));
  const responses = client.watchTrace({}, { signal })[Symbol.asyncIterator]();
  for (let heard = false; ; heard = true) {
    // Only what the stream throws is the server's failure; what the callback throws is ours.
    const next = await responses.next().catch(failureOfError);
    if ("kind" in next || next.done === true) return heard;
    onEvents(next.value.events, next.value.dropped);
  }
}
