/**
 * What `zabble up` is going to start, decided before anything is touched: for each node its command
 * line, its data, its log and its pid file. Pure but for the working directory in paths.
 */
import { join } from "node:path";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.js";
import { membershipHash } from "../config/membership-hash.js";

export interface NodePlan {
  readonly node: NodeConfig;
  /** Arguments after the name of the node executable. */
  readonly args: readonly string[];
  /** The node's own directory. */
  readonly dir: string;
  readonly logFile: string;
  readonly pidFile: string;
}

export interface LaunchPlan {
  readonly config: ClusterConfig;
  readonly membershipHash: string;
  /** What the nodes read: the settings as they are after the command line changed them. */
  readonly configFile: string;
  readonly logsDir: string;
  readonly nodes: readonly NodePlan[];
}

/** `nodeProgram` is the script of one node. The config's `dataDir` is absolute. */
export function planLaunch(config: ClusterConfig, nodeProgram: string): LaunchPlan {
  const { dataDir } = config;
  const configFile = join(dataDir, "cluster.yaml");
  const logsDir = join(dataDir, "logs");
  const nodes = config.nodes.map((node) => ({
    node,
    args: [nodeProgram, "--id", node.id, "--config", configFile, "--data-dir", dataDir],
    dir: join(dataDir, node.id),
    logFile: join(logsDir, `${node.id}.log`),
    pidFile: join(dataDir, `${node.id}.pid`),
  }));
  return { config, membershipHash: membershipHash(config), configFile, logsDir, nodes };
}
