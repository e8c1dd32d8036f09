/**
 * The cluster as one table: what every node says of itself, or what one server says of all. Gathers
 * and judges; printing it is cluster-text.ts.
 */
import { createZabbleClient } from "../client/zabble-client.js";
import { clientUrl } from "../config/client-url.js";
import type { NodeConfig } from "../config/cluster-config.js";
import { counterOf, epochOf } from "../game/zxid.js";
import { type NodeStatus, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import type { CommandContext } from "./command-context.js";
import { askNode, NODE_ANSWER_MS } from "./node-answers.js";
import type { CallFailure } from "./report-failure.js";

export interface NodeRow {
  readonly nodeId: string;
  /** host:port for clients. */
  readonly address: string;
  /** Undefined for a node that is down. */
  readonly status: NodeStatus | undefined;
  /** Why it counts as down; empty for a node that is up. */
  readonly downReason: string;
}

export interface ClusterView {
  readonly rows: readonly NodeRow[];
  /** How many nodes must have an entry before it is committed. */
  readonly quorum: number;
}

export type ClusterAnswer = { readonly kind: "ok"; readonly view: ClusterView } | CallFailure;

/** Every node's own word. */
export async function askEveryNode(
  context: CommandContext,
  nodes: readonly NodeConfig[],
  quorum: number,
): Promise<ClusterView> {
  const rows = await Promise.all(
    nodes.map(async (node): Promise<NodeRow> => {
      const answer = await askNode(context, clientUrl(node), NODE_ANSWER_MS);
      const status = answer.up ? answer.status : undefined;
      const downReason = answer.up ? "" : answer.reason;
      return { nodeId: node.id, address: `${node.host}:${node.clientPort}`, status, downReason };
    }),
  );
  return { rows, quorum };
}

/** All nodes as the first of these servers that answers sees them. */
export async function askOneServer(
  context: CommandContext,
  servers: readonly string[],
  deadlineMs: number,
): Promise<ClusterAnswer> {
  const { clock, transport, requestId } = context;
  const client = createZabbleClient({ servers, transport, clock, requestId, deadlineMs });
  const outcome = await client.getCluster();
  if (outcome.kind !== "ok") return outcome;
  const { nodes, quorum } = outcome.value;
  const rows = nodes.map(({ nodeId, address, alive, status }): NodeRow => {
    const downReason = alive ? "" : `no link from ${outcome.server}`;
    return { nodeId, address, status: alive ? status : undefined, downReason };
  });
  return { kind: "ok", view: { rows, quorum } };
}

/** The leader that works, by the newest epoch if two claim it; undefined if there is none. */
export function leaderOf(rows: readonly NodeRow[]): NodeStatus | undefined {
  let leader: NodeStatus | undefined;
  for (const { status } of rows) {
    if (status?.role !== Role.LEADING || status.phase !== Phase.BROADCAST) continue;
    if (leader === undefined || status.epoch > leader.epoch) leader = status;
  }
  return leader;
}

/**
 * Transactions between this node and the newest commit that any node reported. Undefined if they
 * are of different epochs: nobody can count from one into the other.
 */
export function lagOf(status: NodeStatus, rows: readonly NodeRow[]): number | undefined {
  let newest = status.commitZxid;
  for (const row of rows) {
    if (row.status !== undefined && row.status.commitZxid > newest) newest = row.status.commitZxid;
  }
  if (epochOf(newest) !== epochOf(status.commitZxid)) return undefined;
  return counterOf(newest) - counterOf(status.commitZxid);
}
