/**
 * One gateway: the public services on one port, over a read model of its own. Puts the parts
 * together; gateway/main.ts makes a process of it.
 */
import { createClientServer } from "../api/client-server.js";
import type { PageFiles } from "../api/page-files.js";
import type { ServiceLog } from "../api/service-log.js";
import type { Clock } from "../client/clock.js";
import { afterPoll, type ClusterModel } from "../client/cluster-model.js";
import { createClusterPoll } from "../client/cluster-poll.js";
import { createTransportPool } from "../client/h2-transport.js";
import { serverOf } from "../client/server-of.js";
import type { GatewayConfig, Limits } from "../config/cluster-config.js";
import { createGatewayReplica, type GatewayReplica } from "./gateway-replica.js";
import { createNodeAdmin } from "./node-admin.js";
import { upstreamMetrics } from "./upstream-metrics.js";

/** How often nodes are asked how they stand, for GetCluster. */
const POLL_EVERY_MS = 500;

export interface GatewayOptions {
  /** Where to serve; port 0 lets the system choose. */
  readonly at: GatewayConfig;
  /** Base addresses of nodes; at least one. */
  readonly servers: readonly string[];
  readonly limits: Limits;
  /** Whose pages may use it, beside its own and this machine's. */
  readonly allowedOrigins?: readonly string[];
  /**
   * Id to base address: the nodes whose AdminService is served under /nodes/ID/. Only where the
   * cluster allows it.
   */
  readonly administered?: ReadonlyMap<string, string> | undefined;
  /** What browsers are shown; without it they get the text that curl gets. */
  readonly page?: PageFiles | undefined;
  readonly clock: Clock;
  readonly requestId: () => string;
  readonly log: ServiceLog;
  /** Takes a broken invariant; the gateway cannot go on. */
  readonly fail: (error: unknown) => void;
}

export interface Gateway {
  readonly port: number;
  readonly replica: GatewayReplica;
  /** Open Watch streams. */
  watchers(): number;
  /** Tells streams to go elsewhere, lets calls finish for a while, lets go of the cluster. */
  close(): Promise<void>;
}

/** Rejects if the port cannot be bound. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { at, servers, limits, clock, requestId, log, fail, administered: nodes } = options;
  const pool = createTransportPool();
  const { transport } = pool;
  const over = new AbortController();
  let cluster: ClusterModel | undefined;
  const replica = createGatewayReplica({
    servers,
    transport,
    clock,
    requestId,
    limits,
    cluster: () => cluster,
    log,
    fail,
  });
  const polling = createClusterPoll({
    servers,
    transport,
    clock,
    serverOf,
    direct: true,
    everyMs: POLL_EVERY_MS,
    signal: over.signal,
    onPoll(poll) {
      cluster = afterPoll(cluster, poll);
    },
  });
  polling.ended.catch(fail);

  async function letGo(): Promise<void> {
    over.abort();
    await replica.close();
    await polling.ended;
    pool.close();
  }

  try {
    const { host, port } = at;
    const server = await createClientServer({
      replica,
      host,
      port,
      limits,
      allowedOrigins: options.allowedOrigins ?? [],
      log,
      servesAdmin: false,
      nodeServices: nodes && createNodeAdmin({ nodes, transport, deadlineMs: limits.deadlineMs }),
      metrics: upstreamMetrics(servers, replica),
      page: options.page,
    });
    return {
      port: server.port,
      replica,
      watchers: server.watchers,
      async close() {
        await server.close();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}
