/** What is said of links that are cut or missing. Pure. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { cutOffFrom, hasCut, type NodeStanding, wasCutBy } from "./node-standing.js";

const ON_PURPOSE = "(on purpose)";

/** What keeps it from others, on purpose or not. */
export function linksInWords(
  node: NodeView,
  standing: NodeStanding,
  cluster: ClusterModel,
): readonly string[] {
  const words: string[] = [];
  const cut = hasCut(node, cluster);
  if (cut.length > 0) words.push(`it has ${cutTo(cut, cluster)}`);
  const by = wasCutBy(node, cluster);
  if (by.length === 1) words.push(`${listInWords(by)} has cut its link to it ${ON_PURPOSE}`);
  if (by.length > 1) words.push(`${listInWords(by)} have cut their links to it ${ON_PURPOSE}`);
  const missing = cutOffFrom(node, cluster);
  // Whoever looks for a leader has said how many it reaches.
  if (missing.length > 0 && standing !== "looking") {
    words.push(`it has no link to ${isAll(missing, cluster) ? "any other" : listInWords(missing)}`);
  }
  return words;
}

/** One node's deeds by name, of several only that there are. */
export function cutsInWords(cluster: ClusterModel): readonly string[] {
  const cutters = cluster.nodes.filter((node) => hasCut(node, cluster).length > 0);
  const [first, ...more] = cutters;
  if (first === undefined) return [];
  if (more.length > 0) return [`${cutters.length} nodes have cut links ${ON_PURPOSE}`];
  return [`${first.nodeId} has ${cutTo(hasCut(first, cluster), cluster)}`];
}

function cutTo(peers: readonly string[], cluster: ClusterModel): string {
  const links = peers.length === 1 ? "its link" : "its links";
  const whom = isAll(peers, cluster) ? "all others" : listInWords(peers);
  return `cut ${links} to ${whom} ${ON_PURPOSE}`;
}

function isAll(peers: readonly string[], { nodes }: ClusterModel): boolean {
  return peers.length > 1 && peers.length === nodes.length - 1;
}

/** "a, b and c". */
export function listInWords(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
