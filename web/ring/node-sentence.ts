/** What a node, and the cluster, is doing, each in one plain sentence. Pure. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { cutOffFrom, linkedTo, standingInWords, standingOfNode } from "./node-standing.js";

/** Such as "node3 follows node2 and has everything". `nowMs` is the client's clock. */
export function nodeSentence(node: NodeView, cluster: ClusterModel, nowMs: number): string {
  const does = deed(node, cluster, nowMs);
  const missing = cutOffFrom(node, cluster);
  if (missing.length === 0 || standingOfNode(node) === "looking") return does;
  const all = missing.length === cluster.nodes.length - 1 && missing.length > 1;
  return `${does}; it has no link to ${all ? "any other" : list(missing)}`;
}

/** Such as "5 of 5 nodes up, quorum 3, node4 leads epoch 7". */
export function clusterSentence(cluster: ClusterModel | undefined): string {
  if (cluster === undefined) return "asking the nodes how they stand";
  const { nodes, quorum, leader, seenFrom } = cluster;
  if (nodes.length === 0) return "no server has answered";
  const up = upCount(cluster);
  const leads =
    leader !== undefined
      ? `, ${leader.nodeId} leads epoch ${leader.epoch}`
      : up < quorum
        ? ": too few to go on"
        : ", no leader: they elect one";
  const stands = `${up} of ${nodes.length} nodes up, quorum ${quorum}${leads}`;
  return seenFrom === "" ? `nobody answers; as last seen: ${stands}` : stands;
}

/** What a node is called by those who do not see it: "node4, leader, epoch 7, 0 behind". */
export function nodeLabel(node: NodeView): string {
  const { nodeId, status, lag } = node;
  const epoch = status === undefined ? "" : `, epoch ${status.epoch}`;
  const behind = lag === undefined ? "" : `, ${lag} behind`;
  return `${nodeId}, ${standingInWords(standingOfNode(node))}${epoch}${behind}`;
}

function deed(node: NodeView, cluster: ClusterModel, nowMs: number): string {
  const { nodeId, status, lag } = node;
  const standing = standingOfNode(node);
  switch (standing) {
    case "down":
      return `${nodeId} has been down${since(node, nowMs)}; ${withoutIt(cluster)}`;
    case "silent":
      return `${nodeId} is up and has not said how it stands`;
    case "looking":
      return `${nodeId} is looking for a leader: ${whyLooking(node, cluster)}`;
    case "joining":
      return `${nodeId} joins ${leaderOf(node)}: they agree on a new epoch`;
    case "syncing":
      return lag === undefined
        ? `${nodeId} is synchronizing: its log ends in an older epoch`
        : `${nodeId} is synchronizing: ${behind(lag)}`;
    case "preparing":
      return `${nodeId} is elected and brings a quorum to one state before it leads`;
    case "following": {
      const follows = `${nodeId} follows ${leaderOf(node)}`;
      if (lag === undefined) return follows;
      return lag === 0 ? `${follows} and has everything` : `${follows}, ${behind(lag)}`;
    }
    case "leading": {
      const others = cluster.nodes.length - 1;
      const linked = linkedTo(node, cluster).length;
      const leads = `${nodeId} leads epoch ${status?.epoch ?? 0}${lasting(node, cluster, nowMs)}`;
      return others === 0 ? leads : `${leads}; ${linked} of ${others} followers are linked`;
    }
  }
}

function since({ downSinceMs }: NodeView, nowMs: number): string {
  return downSinceMs === undefined ? "" : ` for ${age(nowMs - downSinceMs)}`;
}

function lasting(node: NodeView, { leader }: ClusterModel, nowMs: number): string {
  return leader?.nodeId === node.nodeId ? ` for ${age(nowMs - leader.sinceMs)}` : "";
}

function withoutIt(cluster: ClusterModel): string {
  if (upCount(cluster) < cluster.quorum) return "too few are left to go on";
  return cluster.leader === undefined ? "the others elect a leader" : "the others go on";
}

/** A node counts itself among those it reaches. */
function whyLooking(node: NodeView, cluster: ClusterModel): string {
  const reached = linkedTo(node, cluster).length + 1;
  const of = `${reached} of ${cluster.nodes.length}`;
  if (reached < cluster.quorum) return `it has no quorum of links (${of})`;
  const leads = cluster.nodes.some(({ state, status }) => {
    return state === "up" && status?.role === Role.LEADING;
  });
  return leads ? "it has not joined the one that leads" : `it votes with ${of} in reach`;
}

function leaderOf({ status }: NodeView): string {
  return status === undefined || status.leaderId === "" ? "a leader" : status.leaderId;
}

function behind(lag: number): string {
  return `${lag} ${lag === 1 ? "transaction" : "transactions"} behind`;
}

function upCount({ nodes }: ClusterModel): number {
  return nodes.filter(({ state }) => state === "up").length;
}

function list(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
