/** The trace events that one watcher has not taken yet: a bounded sample, in order, counted. */
import { create } from "@bufbuild/protobuf";
import {
  type TraceEvent,
  type WatchTraceResponse,
  WatchTraceResponseSchema,
} from "../gen/zabble/v1/cluster_pb.js";

export interface TraceSample {
  /** Events kept in one batch. */
  readonly batchMax: number;
  /** Of these, at most so many of one kind: proposals and acks must not push out a rare vote. */
  readonly kindMax: number;
}

export interface TraceBatch {
  /** What when full: the event is counted as dropped. */
  add(event: TraceEvent): void;
  /** Events that were lost on the way here. */
  miss(count: bigint): void;
  isEmpty(): boolean;
  /** Everything so far; the next batch begins. */
  take(): WatchTraceResponse;
}

export function createTraceBatch({ batchMax, kindMax }: TraceSample): TraceBatch {
  let events: TraceEvent[] = [];
  let dropped = 0n;
  const byKind = new Map<string, number>();
  return {
    add(event) {
      const ofKind = byKind.get(event.kind) ?? 0;
      if (events.length >= batchMax || ofKind >= kindMax) {
        dropped += 1n;
        return;
      }
      byKind.set(event.kind, ofKind + 1);
      events.push(event);
    },
    miss(count) {
      dropped += count;
    },
    isEmpty: () => events.length === 0 && dropped === 0n,
    take() {
      const response = create(WatchTraceResponseSchema, { events, dropped });
      events = [];
      dropped = 0n;
      byKind.clear();
      return response;
    },
  };
}
