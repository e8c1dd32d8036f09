/** Where a node serves its clients. */
import type { NodeConfig } from "./cluster-config.js";

/** The base address, e.g. "http://127.0.0.1:7101". */
export function clientUrl({ host, clientPort }: Pick<NodeConfig, "host" | "clientPort">): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${clientPort}`;
}
