/** Waits for a cluster's next leader by asking all nodes over and over. */

import { clientUrl } from "../config/client-url.js";
import type { ClusterConfig } from "../config/cluster-config.js";
import { type NodeStatus, Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import type { CommandContext } from "./command-context.js";
import { askNode } from "./node-answers.js";

/** Short, so that the time measured is the election's and not ours. */
const POLL_MS = 10;
/** A frozen node must not hold the others up; each is asked in a loop of its own anyway. */
const POLL_ANSWER_MS = 300;

/** The first node that says it leads an epoch above `afterEpoch`; undefined after `limitMs`. */
export async function awaitNextLeader(
  context: CommandContext,
  nodes: ClusterConfig["nodes"],
  afterEpoch: number,
  limitMs: number,
): Promise<NodeStatus | undefined> {
  const { clock } = context;
  const over = new AbortController();
  const endMs = clock.now() + limitMs;
  let leader: NodeStatus | undefined;
  await Promise.all(
    nodes.map(async (node) => {
      while (!over.signal.aborted && clock.now() < endMs) {
        const answer = await askNode(context, clientUrl(node), POLL_ANSWER_MS);
        if (answer.up && leads(answer.status) && answer.status.epoch > afterEpoch) {
          leader ??= answer.status;
          over.abort();
        }
        await clock.sleep(POLL_MS, over.signal);
      }
    }),
  );
  return leader;
}

function leads({ role, phase }: NodeStatus): boolean {
  return role === Role.LEADING && phase === Phase.BROADCAST;
}
