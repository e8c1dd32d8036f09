/** Asks the nodes of a starting cluster how they are until a quorum follows one leader. */
import { setTimeout as sleep } from "node:timers/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { clientUrl } from "../config/client-url.js";
import type { GatewayConfig, NodeConfig } from "../config/cluster-config.js";
import {
  GetStatusResponseSchema,
  type NodeStatus,
  Phase,
  Role,
} from "../gen/zabble/v1/cluster_pb.js";

const POLL_MS = 50;
const ANSWER_LIMIT_MS = 1000;

/** What the node says of itself; undefined if it does not answer. */
export async function askStatus(
  node: Pick<NodeConfig, "host" | "clientPort">,
): Promise<NodeStatus | undefined> {
  try {
    const response = await fetch(`${clientUrl(node)}/zabble.v1.ClusterService/GetStatus`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    if (!response.ok) return undefined;
    const body: JsonValue = JSON.parse(await response.text());
    return fromJson(GetStatusResponseSchema, body, { ignoreUnknownFields: true }).status;
  } catch {
    // Not listening yet, or not answering as a node does: to be asked again either way.
    return undefined;
  }
}

/** The node that leads in the broadcast phase and that a quorum, itself included, follows. */
export function establishedLeader(
  statuses: readonly NodeStatus[],
  quorum: number,
): NodeStatus | undefined {
  return statuses.find(({ nodeId, role, phase }) => {
    if (role !== Role.LEADING || phase !== Phase.BROADCAST) return false;
    const behind = statuses.filter(
      (status) => status.leaderId === nodeId && status.phase === Phase.BROADCAST,
    );
    return behind.length >= quorum;
  });
}

/** Undefined only if the signal aborts first. */
export async function awaitLeader(
  nodes: readonly NodeConfig[],
  quorum: number,
  signal: AbortSignal,
): Promise<NodeStatus | undefined> {
  while (!signal.aborted) {
    const answers = await Promise.all(nodes.map((node) => askStatus(node)));
    const statuses = answers.filter((status) => status !== undefined);
    const leader = establishedLeader(statuses, quorum);
    if (leader !== undefined) return leader;
    await sleep(POLL_MS);
  }
  return undefined;
}

/** Until the gateway answers, its leader known or not; or until `signal` aborts. */
export async function awaitGateway(
  { host, port }: GatewayConfig,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && (await askStatus({ host, clientPort: port })) === undefined) {
    await sleep(POLL_MS);
  }
}
