/**
 * Which servers a command talks to: those named, else the node named, else all of the cluster file.
 */

import { clientUrl } from "../config/client-url.js";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.js";
import { readConfig } from "../config/read-config.js";
import type { ServerOptions } from "./command-options.js";
import { UsageError } from "./usage-error.js";

/** Base addresses, at least one. Throws UsageError on a wrong cluster file or an unknown node. */
export function serversOf(options: ServerOptions): readonly string[] {
  if (options.server !== undefined) return options.server;
  return nodesOf(options).map(clientUrl);
}

/** The nodes that are meant when no server is named. Throws UsageError as serversOf does. */
export function nodesOf(options: ServerOptions): readonly NodeConfig[] {
  const { nodes } = clusterOf(options.config);
  if (options.node === undefined) return nodes;
  const node = nodes.find(({ id }) => id === options.node);
  if (node !== undefined) return [node];
  const known = nodes.map(({ id }) => id).join(", ");
  throw new UsageError(`There is no node "${options.node}" in ${options.config}: it has ${known}.`);
}

/** Throws UsageError with everything that is wrong with the file. */
export function clusterOf(file: string, dataDir?: string): ClusterConfig {
  const result = readConfig(file, { dataDir });
  if (result.ok) return result.config;
  throw new UsageError(result.problems.join("\n"));
}
