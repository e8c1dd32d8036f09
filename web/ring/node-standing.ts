/** How a node and its links stand, in the few cases that are drawn and spoken of. Pure. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";

export type NodeStanding =
  | "down"
  /** Up, but nothing is known of it. */
  | "silent"
  | "looking"
  /** On the way to a leader that is not yet sure of its epoch. */
  | "joining"
  | "syncing"
  | "following"
  /** Elected, not yet established. */
  | "preparing"
  | "leading";

export interface Link {
  readonly one: NodeView;
  readonly other: NodeView;
  /** "broken": both are up, but one has no link to the other. "gone": one end is down. */
  readonly state: "whole" | "broken" | "gone";
}

export function standingOfNode({ state, status }: NodeView): NodeStanding {
  if (state === "down") return "down";
  if (status === undefined || status.role === Role.UNSPECIFIED) return "silent";
  if (status.role === Role.LOOKING) return "looking";
  const isReady = status.phase === Phase.BROADCAST;
  if (status.role === Role.LEADING) return isReady ? "leading" : "preparing";
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

/** Nodes that are up and have no link to this one, which is up too. */
export function cutOffFrom(node: NodeView, { nodes }: ClusterModel): readonly string[] {
  return nodes
    .filter((other) => other !== node && linkState(node, other) === "broken")
    .map(({ nodeId }) => nodeId);
}

/** Nodes that have a link to this one. */
export function linkedTo(node: NodeView, { nodes }: ClusterModel): readonly string[] {
  return nodes
    .filter((other) => other !== node && linkState(node, other) === "whole")
    .map(({ nodeId }) => nodeId);
}

function linkState(one: NodeView, other: NodeView): Link["state"] {
  if (one.state === "down" || other.state === "down") return "gone";
  return lists(one, other) && lists(other, one) ? "whole" : "broken";
}

/** Of a node that never said anything, nothing is held against it. */
function lists({ status }: NodeView, { nodeId }: NodeView): boolean {
  return status === undefined || status.connected.includes(nodeId);
}
