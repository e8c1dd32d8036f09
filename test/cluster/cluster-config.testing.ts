/** The settings of a cluster for a test: the defaults, on free ports, in a directory of its own. */
import type { ClusterConfig, Limits } from "../../config/cluster-config.js";
import { patternConfig } from "../../config/pattern-config.js";
import { freePortRow } from "./free-ports.testing.js";

export type ConfigOverrides = Partial<Omit<ClusterConfig, "nodes" | "dataDir" | "limits">> & {
  readonly limits?: Partial<Limits>;
};

/**
 * No gateway, and nothing of a log is thrown away, so that it can be checked; unless overridden.
 */
export async function testConfig(
  nodeCount: number,
  dataDir: string,
  { limits, ...settings }: ConfigOverrides = {},
): Promise<ClusterConfig> {
  const pattern = patternConfig(nodeCount);
  // One more than the nodes need, for whoever wants a gateway beside them.
  const firstPort = await freePortRow(nodeCount * 2 + 1);
  const nodes = pattern.nodes.map((node, index) => ({
    ...node,
    clientPort: firstPort + index,
    peerPort: firstPort + nodeCount + index,
  }));
  return {
    ...pattern,
    gateway: undefined,
    oldSegments: "keep",
    ...settings,
    limits: { ...pattern.limits, ...limits },
    nodes,
    dataDir,
  };
}
