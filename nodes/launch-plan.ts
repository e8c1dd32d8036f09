/**
 * What `zabble up` is going to start, decided before anything is touched: for each node its command
 * line, its data, its log and its pid file. Pure but for the working directory in paths.
 */
import { join } from "node:path";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.js";
import { membershipHash } from "../config/membership-hash.js";

/** One process, a node's or the gateway's. */
export interface ProcessPlan {
  /** The node's id, or "gateway". */
  readonly id: string;
  /** Arguments after the name of the node executable. */
  readonly args: readonly string[];
  readonly logFile: string;
  readonly pidFile: string;
}

export interface NodePlan extends ProcessPlan {
  readonly node: NodeConfig;
  /** The node's own directory. */
  readonly dir: string;
}

export interface LaunchPlan {
  readonly config: ClusterConfig;
  readonly membershipHash: string;
  /** What the nodes read: the settings as they are after the command line changed them. */
  readonly configFile: string;
  readonly logsDir: string;
  readonly nodes: readonly NodePlan[];
  /** Undefined if the cluster's file names none. */
  readonly gateway: ProcessPlan | undefined;
}

/** The scripts of the programs that are started. */
export interface Programs {
  readonly node: string;
  readonly gateway: string;
}

/** The config's `dataDir` is absolute. */
export function planLaunch(config: ClusterConfig, programs: Programs): LaunchPlan {
  const { dataDir } = config;
  const configFile = join(dataDir, "cluster.yaml");
  const logsDir = join(dataDir, "logs");
  const processPlan = (id: string, args: readonly string[]): ProcessPlan => ({
    id,
    args,
    logFile: join(logsDir, `${id}.log`),
    pidFile: join(dataDir, `${id}.pid`),
  });
  const nodes = config.nodes.map((node) => {
    const args = ["--id", node.id, "--config", configFile, "--data-dir", dataDir];
    const dir = join(dataDir, node.id);
    return { ...processPlan(node.id, [programs.node, ...args]), node, dir };
  });
  const gateway =
    config.gateway === undefined
      ? undefined
      : processPlan("gateway", [programs.gateway, "--config", configFile]);
  return { config, membershipHash: membershipHash(config), configFile, logsDir, nodes, gateway };
}
