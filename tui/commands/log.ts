/**
 * `zabble log`: a node's committed events, straight from its files; the log's bundle reads them.
 */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { passOn, passSwitchOn, runBundle } from "../spawn-bundle.js";

const EXAMPLES = `
It reads the files of a stopped or running node and changes nothing.

Examples:
  $ zabble log --id node1
  $ zabble log --id node1 --verify
  $ zabble log --id node3 --data-dir /var/lib/zabble --json | jq -c .events
`;

interface Options {
  readonly id: string;
  readonly dataDir?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
  readonly all?: boolean;
}

export function logCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  return new Command("log")
    .description("print a node's committed events from its files")
    .requiredOption("--id <id>", "whose log")
    .option("--data-dir <dir>", "where the nodes keep their files")
    .option("--verify", "check every sum and the chain; print only what was found")
    .option("--json", "print one JSON object per transaction")
    .option("--all", "also what is on disk but not known to be committed")
    .addHelpText("after", EXAMPLES)
    .action(async ({ id, dataDir, verify, json, all }: Options) => {
      const args = [
        ...passOn("id", id),
        ...passOn("data-dir", dataDir),
        ...passSwitchOn("verify", verify),
        ...passSwitchOn("json", json),
        ...passSwitchOn("all", all),
      ];
      done(await runBundle(context, "log.js", args));
    });
}
