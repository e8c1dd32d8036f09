/** Where the ring hears what the protocol does. Who speaks with the servers is somebody else. */
import type { TraceEvent } from "../../gen/zabble/v1/cluster_pb.js";

/** `dropped`: events that servers left out since the last batch because there were too many. */
export type TraceListener = (events: readonly TraceEvent[], dropped: bigint) => void;

export interface TraceSource {
  /** Returns the function that ends it. */
  listen(listener: TraceListener): () => void;
}
