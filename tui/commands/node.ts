/** `zabble node`: one node in the foreground; the node's bundle does the work. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { passOn, runBundle } from "../spawn-bundle.js";

const EXAMPLES = `
Examples:
  $ zabble node --id node1
  $ zabble node --id node2 --config config/three.yaml --data-dir /var/lib/zabble
`;

interface Options {
  readonly id: string;
  readonly config?: string;
  readonly dataDir?: string;
}

export function nodeCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  return new Command("node")
    .description("run one node of a cluster")
    .requiredOption("--id <id>", "which node of the cluster file this is")
    .option("--config <file>", "the cluster file")
    .option("--data-dir <dir>", "where the nodes keep their files")
    .addHelpText("after", EXAMPLES)
    .action(async ({ id, config, dataDir }: Options) => {
      const args = [
        ...passOn("id", id),
        ...passOn("config", config),
        ...passOn("data-dir", dataDir),
      ];
      done(await runBundle(context, "node.js", args));
    });
}
