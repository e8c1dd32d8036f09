/** What the launcher says to the person at the terminal. Pure. */

import { clientUrl } from "../config/client-url.js";
import type { GatewayConfig } from "../config/cluster-config.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { LaunchPlan } from "./launch-plan.js";

/** `configHint` is what has to follow `npx zabble <command>` to reach this cluster, often "". */
export function readyText(
  plan: LaunchPlan,
  leader: Pick<NodeStatus, "nodeId" | "epoch">,
  pids: ReadonlyMap<string, number>,
  tookMs: number,
  configHint: string,
): string {
  const { nodes, config } = plan;
  const idWidth = Math.max(4, ...nodes.map(({ node }) => node.id.length));
  const urlWidth = Math.max(...nodes.map(({ node }) => clientUrl(node).length));
  const rows = nodes.map(({ node, logFile }) => {
    const mark = node.id === leader.nodeId ? "★" : "●";
    const id = node.id.padEnd(idWidth);
    const pid = String(pids.get(node.id) ?? "-").padStart(7);
    return `  ${mark} ${id}  ${clientUrl(node).padEnd(urlWidth)}  ${pid}  ${logFile}`;
  });
  const heading = `    ${"node".padEnd(idWidth)}  ${"clients".padEnd(urlWidth)}  process  log`;
  const count = nodes.length === 1 ? "1 node" : `${nodes.length} nodes, quorum ${config.quorum}`;
  const first = nodes[0];
  const nodeUrl = first === undefined ? "" : clientUrl(first.node);
  const { gateway } = config;
  const url = gateway === undefined ? nodeUrl : gatewayUrl(gateway);
  const gatewayLines =
    gateway === undefined
      ? []
      : ["", `Play in a browser, or reach all of them: ${url} (the gateway).`];
  return [
    `Zabble is ready after ${Math.round(tookMs)} ms: ${count}, ` +
      `${leader.nodeId} (★) leads epoch ${leader.epoch}.`,
    "",
    heading,
    ...rows,
    ...gatewayLines,
    "",
    "Try, in another terminal:",
    `  npx zabble write 50 --player me${configHint}`,
    `  npx zabble guess 42 --player you${configHint}`,
    `  curl -H 'content-type: application/json' -d '{"player":"you","value":47}' \\`,
    `    ${url}/zabble.v1.GameService/SubmitGuess`,
    `  npx zabble kill-leader${configHint}`,
    "",
    "Ctrl-C stops all nodes.",
  ].join("\n");
}

/** `running` counts the nodes of this launcher that are left. */
export function diedText(
  plan: LaunchPlan,
  nodeId: string,
  how: string,
  running: number,
  next: { readonly restartMs: number } | { readonly configHint: string },
): string {
  const { nodes, quorum } = plan.config;
  const enough =
    running >= quorum
      ? "the cluster goes on"
      : `that is below the quorum of ${quorum}, so nothing is confirmed until more run`;
  const again =
    "restartMs" in next
      ? `It is started again in ${next.restartMs} ms.`
      : `Start it again: npx zabble node --id ${nodeId}${next.configHint}`;
  return `${nodeId} ended (${how}); ${running} of ${nodes.length} nodes run, ${enough}. ${again}`;
}

export function gatewayDiedText(
  how: string,
  next: { readonly restartMs: number } | { readonly configHint: string },
): string {
  const again =
    "restartMs" in next
      ? `It is started again in ${next.restartMs} ms.`
      : `Start it again: npx zabble gateway${next.configHint}`;
  return `The gateway ended (${how}); the nodes go on. ${again}`;
}

/** The base address of the gateway. */
export function gatewayUrl({ host, port }: GatewayConfig): string {
  return clientUrl({ host, clientPort: port });
}

/** Said while no leader is found: what each node says of itself, if anything. */
export function waitingText(plan: LaunchPlan, statuses: readonly NodeStatus[]): string {
  const heard = new Set(statuses.map(({ nodeId }) => nodeId));
  const silent = plan.nodes.map(({ node }) => node.id).filter((id) => !heard.has(id));
  const silence = silent.length === 0 ? "All nodes answer" : `No answer from ${silent.join(", ")}`;
  return `Still waiting for a leader. ${silence}. Their logs are in ${plan.logsDir}.`;
}
