/** ClusterService: what this node says of itself and the others; trace-stream.ts has WatchTrace. */
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ClusterService,
  GetClusterResponseSchema,
  GetStatusResponseSchema,
} from "../gen/zabble/v1/cluster_pb.js";
import type { Replica } from "./replica.js";
import type { TraceService } from "./trace-stream.js";

export function createClusterService(
  replica: Replica,
  watchTrace: TraceService["watchTrace"],
): ServiceImpl<typeof ClusterService> {
  return {
    getStatus: () => create(GetStatusResponseSchema, { status: replica.status() }),
    getCluster: () =>
      create(GetClusterResponseSchema, {
        nodes: [...replica.cluster()],
        quorum: replica.quorum(),
      }),
    watchTrace,
  };
}
