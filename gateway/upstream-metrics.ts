/** The metrics that only a gateway has: which node it watches, and how often it had to move. */
import type { MetricSource } from "../api/metric-source.js";
import type { GatewayReplica } from "./gateway-replica.js";

/** `servers`: the base addresses of all nodes. */
export function upstreamMetrics(
  servers: readonly string[],
  replica: Pick<GatewayReplica, "upstream" | "reconnects" | "isReady">,
): readonly MetricSource[] {
  return [
    {
      name: "zabble_upstream_connected",
      help: "1 for the node that the gateway watches, 0 for the others.",
      type: "gauge",
      labelNames: ["server"],
      read: () =>
        servers.map((server) => ({
          labels: { server },
          value: server === replica.upstream() ? 1 : 0,
        })),
    },
    {
      name: "zabble_upstream_reconnects_total",
      help: "Times that the gateway began to watch a node, after the first.",
      type: "counter",
      read: replica.reconnects,
    },
    {
      name: "zabble_upstream_ready",
      help: "1 once the gateway holds a state to answer from.",
      type: "gauge",
      read: () => (replica.isReady() ? 1 : 0),
    },
  ];
}
