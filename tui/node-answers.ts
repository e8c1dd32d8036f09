/** Asks nodes what they say of themselves, each once and all at the same time. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { failureOfError } from "../client/failure.js";
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
  const call = new AbortController();
  const timer = new AbortController();
  const expired = context.clock.sleep(timeoutMs, timer.signal).then(() => {
    const reason = `no answer within ${timeoutMs} ms`;
    if (!timer.signal.aborted) call.abort(new ConnectError(reason, Code.Canceled));
  });
  try {
    const client = createClient(ClusterService, context.transport(server));
    const { status } = await client.getStatus({}, { signal: call.signal });
    return status === undefined ? { up: false, reason: "it says nothing" } : { up: true, status };
  } catch (error) {
    return { up: false, reason: failureOfError(error).message };
  } finally {
    timer.abort();
    await expired;
  }
}
