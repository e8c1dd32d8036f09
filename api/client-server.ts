/**
 * The port for clients, of a node or a gateway: every public service, health and reflection on one
 * address, in Connect, gRPC and gRPC-web. The peer service is not here and must never be.
 */
import { setMaxListeners } from "node:events";
import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import type { InvariantError } from "../game/invariant-error.js";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { AdminService } from "../gen/zabble/v1/admin_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { createAdminService } from "./admin-service.js";
import { shuttingDown } from "./answer.js";
import { createClusterService } from "./cluster-service.js";
import { toConnectError } from "./errors.js";
import { createFailureReport } from "./failure-report.js";
import { createFrontPort } from "./front-port.js";
import { createGameService } from "./game-service.js";
import { createHealthService } from "./health-service.js";
import { createPlainRoutes } from "./plain-routes.js";
import { createPlay } from "./play.js";
import { createReflectionService } from "./reflection-service.js";
import type { Replica } from "./replica.js";
import { createRequestListener } from "./request-listener.js";
import type { ServiceLog } from "./service-log.js";
import { createTraceService } from "./trace-stream.js";
import { createWatchService } from "./watch.js";

export interface ClientServerOptions {
  readonly replica: Replica;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly limits: Pick<
    Limits,
    "outstandingMax" | "messageBytesMax" | "deadlineMs" | "watchersMax" | "watchQueueMax"
  >;
  readonly log: ServiceLog;
  /** False leaves AdminService out: in front of many nodes it cannot say which one is meant. */
  readonly servesAdmin?: boolean;
  readonly timing?: Partial<ServerTiming>;
}

export interface ServerTiming {
  /** For a client to send its headers. */
  readonly headerTimeoutMs: number;
  /** For a client to send a request that is no open stream. */
  readonly requestTimeoutMs: number;
  /** For running calls to end when the server closes. */
  readonly graceMs: number;
  /** Between two statuses on a Watch, at most. */
  readonly statusEveryMs: number;
}

export interface ClientServer {
  readonly port: number;
  /** Open Watch streams. */
  watchers(): number;
  /** Ends streams with "unavailable", lets calls finish for the grace time, then cuts the rest. */
  close(): Promise<void>;
}

const TIMING: ServerTiming = {
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  graceMs: 1000,
  statusEveryMs: 1500,
};

const CONNECTIONS_MAX = 4096;

/** Rejects if the port cannot be bound. */
export async function createClientServer(options: ClientServerOptions): Promise<ClientServer> {
  const { replica, limits, servesAdmin = true } = options;
  const timing = { ...TIMING, ...options.timing };
  const shutdown = new AbortController();
  // Every running call listens to it; that is no leak.
  setMaxListeners(0, shutdown.signal);

  const watching = createWatchService(replica, limits, timing.statusEveryMs);
  const trace = createTraceService(replica, limits);
  const services: DescService[] = [
    GameService,
    ClusterService,
    ...(servesAdmin ? [AdminService] : []),
    Health,
    ServerReflection,
  ];
  const serviceNames = services.map(({ typeName }) => typeName);

  function routes(router: ConnectRouter): void {
    const { watch } = watching;
    const play = createPlay(replica, limits);
    router.service(GameService, createGameService({ replica, limits, watch, play }));
    router.service(ClusterService, createClusterService(replica, trace.watchTrace));
    if (servesAdmin) router.service(AdminService, createAdminService(replica));
    router.service(Health, createHealthService(replica, limits, serviceNames));
    router.service(ServerReflection, createReflectionService(services));
  }

  const front = await createFrontPort({
    host: options.host,
    port: options.port,
    connectionsMax: CONNECTIONS_MAX,
    headerTimeoutMs: timing.headerTimeoutMs,
    requestTimeoutMs: timing.requestTimeoutMs,
    listener: createRequestListener({
      routes,
      plain: createPlainRoutes({
        replica,
        watching,
        shutdownSignal: shutdown.signal,
        log: options.log,
      }),
      interceptors: [createFailureReport({ log: options.log, onBroken: endProcess })],
      messageBytesMax: limits.messageBytesMax,
      requestTimeoutMs: timing.requestTimeoutMs,
      shutdownSignal: shutdown.signal,
      log: options.log,
    }),
  });

  function endCalls(): void {
    shutdown.abort(toConnectError(shuttingDown(false)));
  }

  const unsubscribe = replica.subscribe({ onClose: endCalls });

  return {
    port: front.port,
    watchers: watching.watchers,
    async close() {
      unsubscribe();
      endCalls();
      watching.close();
      await front.close(timing.graceMs);
    },
  };
}

/** Outside of every promise, where nobody catches it. */
function endProcess(error: InvariantError): void {
  setImmediate(() => {
    throw error;
  });
}
