/**
 * What the protocol does, told to whoever watches and, if it is rare enough, to the log. Facts of
 * the hot path (proposals, acks, commits) are not even made while nobody watches.
 */
import { create } from "@bufbuild/protobuf";
import { type TraceEvent, TraceEventSchema } from "../gen/zabble/v1/cluster_pb.js";
import type { Clock } from "./clock.js";
import type { Logger } from "./logger.js";
import type { Core } from "./zab/core.js";
import type { CoreTrace } from "./zab/io.js";
import { formatZxid } from "./zab/zxid.js";

export interface Tracer {
  core(event: CoreTrace): void;
  /** Returns the function that ends it. */
  listen(listener: (event: TraceEvent) => void): () => void;
}

export function createTracer(nodeId: string, core: Core, clock: Clock, log: Logger): Tracer {
  const listeners = new Set<(event: TraceEvent) => void>();

  function toLog(event: CoreTrace): void {
    const { kind, role, phase, peer, zxid, detail } = event;
    if (kind === "PROPOSE" || kind === "ACK" || kind === "COMMIT") return;
    log.info(kind.toLowerCase().replace("_", " "), {
      role,
      phase,
      ...(peer === undefined ? {} : { peer }),
      ...(zxid === undefined ? {} : { at: formatZxid(zxid) }),
      ...(event.epoch === undefined ? {} : { ofEpoch: event.epoch }),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  return {
    core(event) {
      toLog(event);
      if (listeners.size === 0) return;
      const message = create(TraceEventSchema, {
        kind: event.kind,
        nodeId,
        peerId: event.peer ?? "",
        zxid: event.zxid ?? 0n,
        epoch: event.epoch ?? 0,
        detail: event.detail ?? `${event.role} ${event.phase}`,
        time: BigInt(Math.trunc(clock.wallMs())),
      });
      for (const listener of listeners) listener(message);
    },
    listen(listener) {
      listeners.add(listener);
      core.traceHot = true;
      return () => {
        listeners.delete(listener);
        core.traceHot = listeners.size > 0;
      };
    },
  };
}
