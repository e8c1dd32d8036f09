/** Asks nodes what they say of themselves, each once and all at the same time. */
import { createClient } from "@connectrpc/connect";
import { callWithin } from "../client/call-within.js";
import { ClusterService, type NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { CommandContext } from "./command-context.js";

/** A node that takes longer is as good as down. */
export const NODE_ANSWER_MS = 1000;

export type NodeAnswer =
  | { readonly up: true; readonly status: NodeStatus }
  /** Why there is no status, in words. */
  | { readonly up: false; readonly reason: string };

/** Never rejects. */
export async function askNode(
  context: CommandContext,
  server: string,
  timeoutMs: number,
): Promise<NodeAnswer> {
  const client = createClient(ClusterService, context.transport(server));
  const end = await callWithin(context.clock, timeoutMs, (signal) =>
    client.getStatus({}, { signal }),
  );
  if (!end.ok) return { up: false, reason: end.failure.message };
  const { status } = end.value;
  return status === undefined ? { up: false, reason: "it says nothing" } : { up: true, status };
}
