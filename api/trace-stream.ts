/**
 * ClusterService.WatchTrace: what the protocol does, for people to look at. It is a sample: batches
 * leave at a fixed pace, each holds a bounded number of events, and what found no place is counted.
 * Without a watcher the node is not even asked for its trace.
 */
import { setTimeout as pause } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import {
  type WatchTraceRequest,
  type WatchTraceResponse,
  WatchTraceResponseSchema,
} from "../gen/zabble/v1/cluster_pb.js";
import { callerAddress } from "./client-address.js";
import type { Replica } from "./replica.js";
import { createSlots } from "./slots.js";
import { createTraceBatch, type TraceSample } from "./trace-batch.js";

export interface TraceService {
  watchTrace(
    request: WatchTraceRequest,
    context: HandlerContext,
  ): AsyncIterable<WatchTraceResponse>;
  /** Open watchers. */
  watchers(): number;
}

export interface TracePace {
  /** Between two batches. */
  readonly paceMs: number;
  /** A stream with nothing to say sends an empty batch this often, to show that it is alive. */
  readonly aliveMs: number;
}

const TRACE_SAMPLE: TraceSample & TracePace = {
  batchMax: 256,
  kindMax: 64,
  paceMs: 50,
  aliveMs: 1500,
};

export function createTraceService(
  replica: Replica,
  limits: Pick<Limits, "watchersMax">,
  sample: TraceSample & TracePace = TRACE_SAMPLE,
): TraceService {
  const slots = createSlots(limits.watchersMax, "trace watchers");
  return {
    async *watchTrace(_request, context) {
      const free = slots.take(context.values.get(callerAddress));
      const batch = createTraceBatch(sample);
      const alarm = createAlarm();
      const stopTrace = replica.trace(
        (event) => {
          batch.add(event);
          alarm.ring();
        },
        (count) => {
          batch.miss(count);
          alarm.ring();
        },
      );
      context.signal.addEventListener("abort", alarm.ring, { once: true });
      try {
        // Response headers leave with the first message: the watcher sees at once that it is on.
        yield create(WatchTraceResponseSchema);
        for (;;) {
          if (batch.isEmpty()) await alarm.wait(sample.aliveMs);
          if (context.signal.aborted) throw context.signal.reason;
          yield batch.take();
          await pause(sample.paceMs);
        }
      } finally {
        context.signal.removeEventListener("abort", alarm.ring);
        stopTrace();
        free();
      }
    },
    watchers: slots.used,
  };
}

interface Alarm {
  readonly ring: () => void;
  /** Resolves at the next ring, or after `maxMs`. */
  wait(maxMs: number): Promise<void>;
}

function createAlarm(): Alarm {
  let ring = (): void => {};
  return {
    ring: () => ring(),
    wait: (maxMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, maxMs);
        ring = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
