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
import { createOriginPolicy } from "./cors.js";
import { toConnectError } from "./errors.js";
import { createFailureReport } from "./failure-report.js";
import { createFrontPort, type OnRefused } from "./front-port.js";
import { createGameService } from "./game-service.js";
import { createHealthService } from "./health-service.js";
import type { MetricSource } from "./metric-source.js";
import { createMetrics } from "./metrics.js";
import { serverMetrics } from "./metrics-server.js";
import { openApiText } from "./open-api.js";
import type { PageFiles } from "./page-files.js";
import { createPlainRoutes } from "./plain-routes.js";
import { createPlay } from "./play.js";
import { createRateLimit } from "./rate-limit.js";
import { createReadRoutes } from "./read-routes.js";
import { createReflectionService } from "./reflection-service.js";
import type { Replica } from "./replica.js";
import { createRequestGate } from "./request-gate.js";
import { createRequestListener } from "./request-listener.js";
import type { ServiceLog } from "./service-log.js";
import { createSlots } from "./slots.js";
import { createTraceService } from "./trace-stream.js";
import { createWatchService } from "./watch.js";

export interface ClientServerOptions {
  readonly replica: Replica;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly limits: Pick<
    Limits,
    | "outstandingMax"
    | "messageBytesMax"
    | "deadlineMs"
    | "watchersMax"
    | "watchQueueMax"
    | "requestsPerSecond"
    | "connectionsPerAddressMax"
  >;
  /** Whose pages may use the port, beside its own and this machine's. */
  readonly allowedOrigins?: readonly string[];
  readonly log: ServiceLog;
  /** False leaves AdminService out: in front of many nodes it cannot say which one is meant. */
  readonly servesAdmin?: boolean;
  /** Served for each node under /nodes/ID/. */
  readonly nodeServices?: NodeServices | undefined;
  /** What is told in metrics beside what every server tells. */
  readonly metrics?: readonly MetricSource[];
  readonly page?: PageFiles | undefined;
  readonly timing?: Partial<ServerTiming>;
}

export interface NodeServices {
  readonly services: readonly DescService[];
  /** Registers them; `calledNode` in a call's context says which node is meant. */
  readonly routes: (router: ConnectRouter) => void;
}

export interface ServerTiming {
  /** For a client to send its headers. */
  readonly headerTimeoutMs: number;
  /** For a client to send a request that is no open stream. */
  readonly requestTimeoutMs: number;
  /** For a peer to read anything of an answer that waits for it. */
  readonly stallMs: number;
  /** For an HTTP/2 connection without any stream. */
  readonly idleSessionMs: number;
  /** For running calls to end when the server closes. */
  readonly graceMs: number;
  /** Between two statuses on a Watch, at most. */
  readonly statusEveryMs: number;
  /** For a stream that is open for both sides, with no message either way. */
  readonly silentStreamMs: number;
}

export interface ClientServer {
  readonly port: number;
  /** Open Watch streams. */
  watchers(): number;
  /**
   * Takes no new connections and ends streams with "unavailable". Other calls may finish for the
   * grace time; then they are told the same, and what is left is cut.
   */
  close(): Promise<void>;
}

const TIMING: ServerTiming = {
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  stallMs: 60_000,
  idleSessionMs: 300_000,
  graceMs: 1000,
  statusEveryMs: 1500,
  silentStreamMs: 300_000,
};

const CONNECTIONS_MAX = 4096;

/** Each is a tool that asks a few questions and goes. */
const REFLECTIONS_MAX = 100;

/** Seconds of its rate that an address which was silent may ask for at once. */
const BURST_S = 2;

/** Addresses whose rate is remembered: some hundred bytes each. */
const RATED_ADDRESSES_MAX = 10_000;

/** For calls that outlived the grace time to be told, before their connections are cut. */
const LAST_WORDS_MS = 100;

/** Rejects if the port cannot be bound. */
export async function createClientServer(options: ClientServerOptions): Promise<ClientServer> {
  const { replica, limits, servesAdmin = true, nodeServices } = options;
  const timing = { ...TIMING, ...options.timing };
  const drain = new AbortController();
  const shutdown = new AbortController();
  // Every running call listens to them; that is no leak.
  setMaxListeners(0, drain.signal, shutdown.signal);

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

  const { watch } = watching;
  const idleMs = timing.silentStreamMs;
  const play = createPlay({
    replica,
    limits,
    slots: createSlots(limits.watchersMax, "Play streams"),
    idleMs,
  });
  const reflectionSlots = createSlots(REFLECTIONS_MAX, "reflection streams");
  const game = createGameService({ replica, limits, watch, play });
  const cluster = createClusterService(replica, trace.watchTrace);

  function readable(router: ConnectRouter): void {
    router.service(GameService, game);
    router.service(ClusterService, cluster);
  }

  function routes(router: ConnectRouter): void {
    readable(router);
    if (servesAdmin) router.service(AdminService, createAdminService(replica));
    router.service(Health, createHealthService(replica, limits, serviceNames));
    const reflection = createReflectionService({ services, slots: reflectionSlots, idleMs });
    router.service(ServerReflection, reflection);
  }

  const refused = { connection: 0, rate: 0, host: 0, origin: 0, url: 0 };
  const onRefused: OnRefused = (kind) => {
    refused[kind] += 1;
  };
  const metrics = createMetrics([
    ...serverMetrics({ replica, watching, trace, refused }),
    ...(options.metrics ?? []),
  ]);
  const failureReport = createFailureReport({ log: options.log, onBroken: endProcess });
  const interceptors = [metrics.interceptor, failureReport];
  const rate = createRateLimit({
    perSecond: limits.requestsPerSecond,
    burst: limits.requestsPerSecond * BURST_S,
    addressesMax: RATED_ADDRESSES_MAX,
    nowMs: () => performance.now(),
  });

  const front = await createFrontPort({
    host: options.host,
    port: options.port,
    connectionsMax: CONNECTIONS_MAX,
    connectionsPerAddressMax: limits.connectionsPerAddressMax,
    headerTimeoutMs: timing.headerTimeoutMs,
    requestTimeoutMs: timing.requestTimeoutMs,
    idleSessionMs: timing.idleSessionMs,
    onRefused,
    listener: createRequestListener({
      routes,
      nodeRoutes: nodeServices?.routes,
      plain: createPlainRoutes({
        replica,
        events: { watching, shutdownSignal: drain.signal, log: options.log },
        reads: createReadRoutes({
          routes: readable,
          interceptors,
          shutdownSignal: shutdown.signal,
        }),
        metrics,
        openApi: openApiText({ services, nodeServices: nodeServices?.services ?? [] }),
        page: options.page,
      }),
      gate: createRequestGate({
        origins: createOriginPolicy(options.allowedOrigins ?? []),
        rate,
        onRefused,
      }),
      interceptors,
      messageBytesMax: limits.messageBytesMax,
      requestTimeoutMs: timing.requestTimeoutMs,
      stallMs: timing.stallMs,
      drainSignal: drain.signal,
      shutdownSignal: shutdown.signal,
      log: options.log,
    }),
  });

  function endStreams(): void {
    drain.abort(toConnectError(shuttingDown(false)));
  }

  function endAll(): void {
    endStreams();
    shutdown.abort(toConnectError(shuttingDown(false)));
  }

  const unsubscribe = replica.subscribe({ onClose: endAll });

  return {
    port: front.port,
    watchers: watching.watchers,
    async close() {
      unsubscribe();
      endStreams();
      watching.close();
      const timer = setTimeout(endAll, timing.graceMs);
      await front.close(timing.graceMs + LAST_WORDS_MS);
      clearTimeout(timer);
    },
  };
}

/** Outside of every promise, where nobody catches it. */
function endProcess(error: InvariantError): void {
  setImmediate(() => {
    throw error;
  });
}
