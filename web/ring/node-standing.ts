/** How a node and its links stand, in the few cases that are drawn and spoken of. Pure. */
import { type ClusterModel, isDeposed, type NodeView } from "../../client/cluster-model.js";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";

export type NodeStanding =
  | "down"
  /** Nobody is reached who could tell. */
  | "unheard"
  /** Up, but on purpose it neither hears nor speaks. */
  | "paused"
  /** Up, but nothing is known of it. */
  | "silent"
  | "looking"
  /** On the way to a leader that is not yet sure of its epoch. */
  | "joining"
  | "syncing"
  | "following"
  /** Elected, not yet established. */
  | "preparing"
  | "leading"
  /** It thinks that it leads, and another one leads a newer epoch. */
  | "deposed";

export interface Link {
  readonly one: NodeView;
  readonly other: NodeView;
  /**
   * "cut": one end was told to drop everything. "broken": both are up, but one has no link to the
   * other. "gone": one end is down, or nothing is known of it.
   */
  readonly state: "whole" | "cut" | "broken" | "gone";
}

export function standingOfNode(node: NodeView, cluster: ClusterModel): NodeStanding {
  const { state, status } = node;
  if (state === "down") return "down";
  if (state === "unknown") return "unheard";
  if (status === undefined) return "silent";
  if (status.paused) return "paused";
  if (status.role === Role.UNSPECIFIED) return "silent";
  if (status.role === Role.LOOKING) return "looking";
  const isReady = status.phase === Phase.BROADCAST;
  if (status.role === Role.LEADING) {
    if (!isReady) return "preparing";
    return isDeposed(node, cluster) ? "deposed" : "leading";
  }
  if (isReady) return "following";
  return status.phase === Phase.SYNCHRONIZATION ? "syncing" : "joining";
}

/** One word for lists and labels. */
export function standingInWords(standing: NodeStanding): string {
  switch (standing) {
    case "leading":
      return "leader";
    case "following":
      return "follower";
    case "preparing":
      return "elected";
    case "silent":
      return "unknown";
    case "unheard":
      return "not heard";
    case "deposed":
      return "ex-leader";
    default:
      return standing;
  }
}

/** Every pair once, in the order of the nodes. */
export function linksOf({ nodes }: ClusterModel): readonly Link[] {
  return nodes.flatMap((one, index) =>
    nodes.slice(index + 1).map((other) => ({ one, other, state: linkState(one, other) })),
  );
}

/** Nodes that are up and have no link to this one, which is up too; nobody cut it on purpose. */
export function cutOffFrom(node: NodeView, cluster: ClusterModel): readonly string[] {
  return othersBy(node, cluster, (other) => linkState(node, other) === "broken");
}

/** Nodes to which this one has cut its link on purpose; both are up. */
export function hasCut(node: NodeView, cluster: ClusterModel): readonly string[] {
  return othersBy(node, cluster, (other) => linkState(node, other) === "cut" && cuts(node, other));
}

/** Nodes that have cut their link to this one on purpose, and it has not; both are up. */
export function wasCutBy(node: NodeView, cluster: ClusterModel): readonly string[] {
  return othersBy(node, cluster, (other) => linkState(node, other) === "cut" && !cuts(node, other));
}

/** Nodes that have a link to this one. */
export function linkedTo(node: NodeView, cluster: ClusterModel): readonly string[] {
  return othersBy(node, cluster, (other) => linkState(node, other) === "whole");
}

function othersBy(
  node: NodeView,
  { nodes }: ClusterModel,
  fits: (other: NodeView) => boolean,
): readonly string[] {
  return nodes.filter((other) => other !== node && fits(other)).map(({ nodeId }) => nodeId);
}

function linkState(one: NodeView, other: NodeView): Link["state"] {
  if (one.state !== "up" || other.state !== "up") return "gone";
  if (cuts(one, other) || cuts(other, one)) return "cut";
  return lists(one, other) && lists(other, one) ? "whole" : "broken";
}

/** Frames are dropped silently: `connected` does not show it. */
function cuts({ status }: NodeView, { nodeId }: NodeView): boolean {
  return status?.cut.includes(nodeId) === true;
}

/** Of a node that never said anything, nothing is held against it. */
function lists({ status }: NodeView, { nodeId }: NodeView): boolean {
  return status === undefined || status.connected.includes(nodeId);
}
