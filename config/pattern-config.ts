/** The config of a local cluster of any size, by the pattern of config/cluster.yaml's addresses. */
import type { ClusterConfig } from "./cluster-config.js";
import { clusterSchema } from "./config-schema.js";
import { majorityOf } from "./quorum.js";

/** With more nodes the client ports would run into the first peer port. */
export const PATTERN_NODES_MAX = 100;

const FIRST_CLIENT_PORT = 7101;
const FIRST_PEER_PORT = 7201;
const GATEWAY_PORT = 8080;

/**
 * `nodeCount` nodes (1 to PATTERN_NODES_MAX, else it throws) on 127.0.0.1 with a majority quorum;
 * everything else is as in `base`. Without a base the defaults hold, with admin on and a gateway.
 */
export function patternConfig(nodeCount: number, base?: ClusterConfig): ClusterConfig {
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > PATTERN_NODES_MAX) {
    throw new RangeError(`a cluster has 1 to ${PATTERN_NODES_MAX} nodes, not ${nodeCount}`);
  }
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    id: `node${index + 1}`,
    host: "127.0.0.1",
    clientPort: FIRST_CLIENT_PORT + index,
    peerPort: FIRST_PEER_PORT + index,
  }));
  const gateway = { port: GATEWAY_PORT };
  const settings = base ?? clusterSchema.parse({ nodes, gateway, admin: true });
  return { ...settings, nodes, quorum: majorityOf(nodeCount) };
}
