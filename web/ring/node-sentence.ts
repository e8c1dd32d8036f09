/** What a node, and the cluster, is doing, each in one plain sentence. Pure. */
import {
  type ClusterModel,
  isUnheard,
  lastHeardAtMs,
  type NodeView,
} from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { cutsInWords, linksInWords, listInWords } from "./link-sentence.js";
import { linkedTo, type NodeStanding, standingInWords, standingOfNode } from "./node-standing.js";

/** Such as "node3 follows node2 and has everything". `nowMs` is the client's clock. */
export function nodeSentence(node: NodeView, cluster: ClusterModel, nowMs: number): string {
  const standing = standingOfNode(node, cluster);
  return [deed(node, standing, cluster, nowMs), ...linksInWords(node, standing, cluster)].join(
    "; ",
  );
}

/** Such as "5 of 5 nodes up, quorum 3, node4 leads epoch 7". `nowMs` is the client's clock. */
export function clusterSentence(cluster: ClusterModel | undefined, nowMs: number): string {
  if (cluster === undefined) return "asking the nodes how they stand";
  const { nodes, quorum, leader } = cluster;
  if (nodes.length === 0) return "no server has answered";
  if (isUnheard(cluster)) return silenceInWords(cluster, nowMs);
  const up = nodes.filter(({ state }) => state === "up");
  const paused = up.filter(({ status }) => status?.paused === true).map(({ nodeId }) => nodeId);
  const leads =
    leader !== undefined
      ? `, ${leader.nodeId} leads epoch ${leader.epoch}`
      : activeCount(cluster) < quorum
        ? ": too few to go on"
        : ", no leader: they elect one";
  const pauses = paused.length === 0 ? "" : `, ${listInWords(paused)} paused`;
  const stands = `${up.length} of ${nodes.length} nodes up${pauses}, quorum ${quorum}${leads}`;
  return [stands, ...cutsInWords(cluster)].join("; ");
}

/** "12 s": since the newest word of any node; undefined if there never was one. */
export function unheardFor(nodes: readonly NodeView[], nowMs: number): string | undefined {
  const heardAtMs = lastHeardAtMs(nodes);
  return heardAtMs === undefined ? undefined : age(nowMs - heardAtMs);
}

/** Commits a second as a whole number; nothing while nobody can tell. */
export function rateInWords({ state, rates }: NodeView): string {
  return state === "unknown" ? "" : String(Math.round(rates.at(-1) ?? 0));
}

/** What a node is called by those who do not see it: "node4, leader, epoch 7, 0 behind". */
export function nodeLabel(node: NodeView, cluster: ClusterModel): string {
  const { nodeId, status, lag } = node;
  const standing = standingOfNode(node, cluster);
  // What it said last may not be so any more.
  if (standing === "unheard") return `${nodeId}, not heard from`;
  const epoch = status === undefined ? "" : `, epoch ${status.epoch}`;
  const behind = lag === undefined ? "" : `, ${lag} behind`;
  return `${nodeId}, ${standingInWords(standing)}${epoch}${behind}`;
}

function deed(
  node: NodeView,
  standing: NodeStanding,
  cluster: ClusterModel,
  nowMs: number,
): string {
  const { nodeId, status, lag } = node;
  switch (standing) {
    case "down":
      return `${nodeId} has been down${since(node, nowMs)}; ${withoutIt(cluster)}`;
    case "unheard": {
      const silentFor = unheardFor([node], nowMs);
      const since = silentFor === undefined ? "" : ` for ${silentFor}`;
      return `${nodeId} has not been heard from${since}`;
    }
    case "paused":
      return `${nodeId} is paused: it neither hears nor speaks`;
    case "deposed":
      return (
        `${nodeId} still thinks that it leads epoch ${status?.epoch ?? 0}; ` +
        `epoch ${cluster.leader?.epoch ?? 0} has begun`
      );
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

function silenceInWords({ nodes, leader }: ClusterModel, nowMs: number): string {
  const silentFor = unheardFor(nodes, nowMs);
  if (silentFor === undefined) return "nobody answers; no node has ever been heard from";
  const led = leader === undefined ? "" : `, when ${leader.nodeId} led epoch ${leader.epoch}`;
  return `nobody answers; the nodes were last heard from ${silentFor} ago${led}`;
}

function since({ downSinceMs }: NodeView, nowMs: number): string {
  return downSinceMs === undefined ? "" : ` for ${age(nowMs - downSinceMs)}`;
}

function lasting(node: NodeView, { leader }: ClusterModel, nowMs: number): string {
  return leader?.nodeId === node.nodeId ? ` for ${age(nowMs - leader.sinceMs)}` : "";
}

function withoutIt(cluster: ClusterModel): string {
  if (activeCount(cluster) < cluster.quorum) return "too few are left to go on";
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

/** A paused node is up and of no use to the others. */
function activeCount({ nodes }: ClusterModel): number {
  return nodes.filter(({ state, status }) => state === "up" && status?.paused !== true).length;
}
