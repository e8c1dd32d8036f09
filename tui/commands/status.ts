/** `zabble status`: one line per node. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCallOptions, type CallOptions } from "../command-options.js";
import { showStatus } from "../show-status.js";

const EXAMPLES = `
Without --node and --server it asks every node of the cluster file about itself. Lag counts the
transactions that a node has yet to commit; "?" means that they reach into another epoch.

Examples:
  $ zabble status
  $ zabble status --node node2      the cluster as node2 sees it
  $ zabble status --json | jq -r .leader
`;

export function statusCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("status")
    .description("show every node: role, phase, epoch, commit, lag, leader")
    .addHelpText("after", EXAMPLES);
  return addCallOptions(command, context).action(async (options: CallOptions) => {
    done(await showStatus(context, options));
  });
}
