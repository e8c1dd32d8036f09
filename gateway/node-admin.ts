/**
 * The services of single nodes through the gateway, under /nodes/ID/: AdminService to break one,
 * and ClusterService for its own view, but no traces: the gateway's own WatchTrace has those of all
 * nodes, with one stream to each however many look. Every call is passed on to that one node, never
 * to another and never twice, and its errors come back as they are.
 */
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  type HandlerContext,
  type Transport,
} from "@connectrpc/connect";
import type { NodeServices } from "../api/client-server.js";
import { toConnectError } from "../api/errors.js";
import { calledNode } from "../api/node-paths.js";
import { failureOfError } from "../client/failure.js";
import { AdminService } from "../gen/zabble/v1/admin_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";

export interface NodeAdminOptions {
  /** Id to base address. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly transport: (server: string) => Transport;
  /** For a node to answer, unless the client asked for less. */
  readonly deadlineMs: number;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export function createNodeAdmin(options: NodeAdminOptions): NodeServices {
  const { nodes, transport, deadlineMs } = options;

  function serverOf({ values }: HandlerContext): string {
    const nodeId = values.get(calledNode);
    const server = nodes.get(nodeId);
    if (server !== undefined) return server;
    const rule = `one of ${[...nodes.keys()].join(", ")}`;
    const message = `There is no node "${nodeId}"; the path must name ${rule}.`;
    throw toConnectError({ reason: "NO_SUCH_PEER", message, field: "node", rule });
  }

  async function pass<T>(
    context: HandlerContext,
    call: (transport: Transport, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const server = serverOf(context);
    const timeoutMs = Math.min(context.timeoutMs() ?? deadlineMs, deadlineMs);
    try {
      return await call(transport(server), { signal: context.signal, timeoutMs });
    } catch (error) {
      throw passedError(error);
    }
  }

  function routes(router: ConnectRouter): void {
    const admin = (to: Transport) => createClient(AdminService, to);
    router.service(AdminService, {
      stopNode: (message, context) => pass(context, (to, how) => admin(to).stopNode(message, how)),
      pauseNode: (message, context) =>
        pass(context, (to, how) => admin(to).pauseNode(message, how)),
      setLink: (message, context) => pass(context, (to, how) => admin(to).setLink(message, how)),
      stepDown: (message, context) => pass(context, (to, how) => admin(to).stepDown(message, how)),
    });
    const cluster = (to: Transport) => createClient(ClusterService, to);
    router.service(ClusterService, {
      getStatus: (message, context) =>
        pass(context, (to, how) => cluster(to).getStatus(message, how)),
      getCluster: (message, context) =>
        pass(context, (to, how) => cluster(to).getCluster(message, how)),
    });
  }

  return { services: [AdminService, ClusterService], routes };
}

/** The node's own error with its details, but without its headers, which were meant for us. */
function passedError(reason: unknown): ConnectError {
  const said = ConnectError.from(reason);
  const { kind, info } = failureOfError(said);
  // Whoever asked to stop a node must not take one that is not there for one that just died.
  if (kind === "undone" && info === undefined) {
    const value = { reason: "NODE_UNREACHABLE", retryAfterMs: 500 };
    const details = [{ desc: ErrorInfoSchema, value }];
    const message = `The node cannot be reached: ${said.rawMessage}`;
    return new ConnectError(message, Code.Unavailable, undefined, details);
  }
  const passed = new ConnectError(said.rawMessage, said.code);
  passed.details = said.details;
  return passed;
}
