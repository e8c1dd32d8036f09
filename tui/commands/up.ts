/** `zabble up`: a whole local cluster; the launcher's bundle does the work. */
import { Command } from "commander";
import { PATTERN_NODES_MAX } from "../../config/pattern-config.js";
import type { CommandContext } from "../command-context.js";
import { parseNodeCount } from "../option-values.js";
import { passOn, passSwitchOn, runBundle } from "../spawn-bundle.js";

const EXAMPLES = `
Every node is a process of its own. It says when the cluster is ready; Ctrl-C stops all of it.

Examples:
  $ zabble up                       five nodes, by config/cluster.yaml
  $ zabble up --nodes 3 --fresh     three nodes, without what was played before
  $ zabble up --restart             a node that dies is started again
`;

interface Options {
  readonly nodes?: number;
  readonly config?: string;
  readonly dataDir?: string;
  readonly fresh?: boolean;
  readonly restart?: boolean;
}

export function upCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const parseCount = parseNodeCount(PATTERN_NODES_MAX);
  return new Command("up")
    .description("start a cluster on this machine, and the gateway")
    .option("--nodes <n>", "this many nodes instead of those of the file", parseCount)
    .option("--config <file>", "the cluster file")
    .option("--data-dir <dir>", "where the nodes keep their files")
    .option("--fresh", "delete the nodes' files first")
    .option("--restart", "start a node again when it dies")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const args = [
        "up",
        ...passOn("nodes", options.nodes),
        ...passOn("config", options.config),
        ...passOn("data-dir", options.dataDir),
        ...passSwitchOn("fresh", options.fresh),
        ...passSwitchOn("restart", options.restart),
      ];
      done(await runBundle(context, "launch.js", args));
    });
}
