/**
 * grpc.health.v1.Health: a node serves while it follows or is an established leader. All services
 * of a node are well or unwell together.
 */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import {
  type Health,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Serving,
} from "../gen/grpc/health/v1/health_pb.js";
import { type NodeStatus, Phase } from "../gen/zabble/v1/cluster_pb.js";
import { callerAddress } from "./client-address.js";
import type { Replica } from "./replica.js";
import { createSlots } from "./slots.js";

/** `serviceNames`: what may be asked about, beside "" for the whole node. */
export function createHealthService(
  replica: Replica,
  limits: Pick<Limits, "watchersMax">,
  serviceNames: readonly string[],
): ServiceImpl<typeof Health> {
  const slots = createSlots(limits.watchersMax, "health watchers");
  const known = new Set(["", ...serviceNames]);

  const servingNow = (status: NodeStatus): Serving =>
    status.phase === Phase.BROADCAST ? Serving.SERVING : Serving.NOT_SERVING;

  return {
    check({ service }) {
      if (!known.has(service)) {
        throw new ConnectError(`there is no service "${service}"`, Code.NotFound);
      }
      return create(HealthCheckResponseSchema, { status: servingNow(replica.status()) });
    },
    async *watch({ service }, { signal, values }) {
      const free = slots.take(values.get(callerAddress));
      let latest = known.has(service) ? servingNow(replica.status()) : Serving.SERVICE_UNKNOWN;
      let wake = (): void => {};
      const onAbort = (): void => wake();
      const unsubscribe = replica.subscribe({
        onStatus(status) {
          if (latest === Serving.SERVICE_UNKNOWN) return;
          latest = servingNow(status);
          wake();
        },
      });
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        let told: Serving | undefined;
        for (;;) {
          while (latest === told && !signal.aborted) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          if (signal.aborted) throw signal.reason;
          told = latest;
          yield create(HealthCheckResponseSchema, { status: told });
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
        unsubscribe();
        free();
      }
    },
  };
}
