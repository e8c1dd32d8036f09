/** A ClusterConfig as the text of a cluster file; read-config.ts reads back an equal config. */
import { stringify } from "yaml";
import type { ClusterConfig } from "./cluster-config.js";

/** `comment` becomes the file's first lines: who wrote it, and why. */
export function formatConfig(config: ClusterConfig, comment: string): string {
  const heading = comment.split("\n").map((line) => `# ${line}`.trimEnd());
  return `${heading.join("\n")}\n${stringify(config, { lineWidth: 100 })}`;
}
