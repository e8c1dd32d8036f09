/** The fingerprint by which a data directory knows the cluster that it belongs to. */
import { createHash } from "node:crypto";
import type { ClusterConfig } from "./cluster-config.js";

/**
 * 16 hex digits over the cluster's name, the ids in order of rank, and the quorum. Addresses are
 * left out: a cluster that moves to other ports is the same cluster.
 */
export function membershipHash(config: ClusterConfig): string {
  const identity = [config.clusterId, config.nodes.map((node) => node.id), config.quorum];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
}
