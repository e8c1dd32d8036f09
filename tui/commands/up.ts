/** `zabble up`: a whole local cluster; the launcher's bundle does the work. */
import { Command } from "commander";
import { clientUrl } from "../../config/client-url.js";
import { PATTERN_NODES_MAX, patternConfig } from "../../config/pattern-config.js";
import type { CommandContext } from "../command-context.js";
import { parseNodeCount } from "../option-values.js";
import type { ScreenOptions } from "../play-on-terminal.js";
import { clusterOf } from "../servers.js";
import { passOn, passSwitchOn, runBundle } from "../spawn-bundle.js";
import { upAndPlay } from "../up-and-play.js";
import { addPlayOptions } from "./play.js";

const EXAMPLES = `
Every node is a process of its own. It says when the cluster is ready; Ctrl-C stops all of it.

Examples:
  $ zabble up                       five nodes, by config/cluster.yaml
  $ zabble up --nodes 3 --fresh     three nodes, without what was played before
  $ zabble up --restart             a node that dies is started again
  $ zabble up --play                the game on top, in this terminal; quitting it stops all
`;

interface Options extends ScreenOptions {
  readonly nodes?: number;
  readonly config?: string;
  readonly dataDir?: string;
  readonly fresh?: boolean;
  readonly restart?: boolean;
  readonly play?: boolean;
}

export function upCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const parseCount = parseNodeCount(PATTERN_NODES_MAX);
  const command = new Command("up")
    .description("start a cluster on this machine, and the gateway")
    .option("--nodes <n>", "this many nodes instead of those of the file", parseCount)
    .option("--config <file>", "the cluster file")
    .option("--data-dir <dir>", "where the nodes keep their files")
    .option("--fresh", "delete the nodes' files first")
    .option("--restart", "start a node again when it dies")
    .option("--play", "open the game when the cluster is ready; implies --restart")
    .addHelpText("after", EXAMPLES);
  return addPlayOptions(command).action(async (options: Options) => {
    const { stdin, stdout } = context;
    const plays = options.play === true && stdin.isTTY === true && stdout.isTTY === true;
    const args = [
      "up",
      ...passOn("nodes", options.nodes),
      ...passOn("config", options.config),
      ...passOn("data-dir", options.dataDir),
      ...passSwitchOn("fresh", options.fresh),
      ...passSwitchOn("restart", options.restart === true || plays),
    ];
    done(
      plays
        ? await upAndPlay(context, args, serversOf(context, options), options)
        : await runBundle(context, "launch.js", args),
    );
  });
}

/** Those that the launcher is going to start. Throws UsageError on a wrong cluster file. */
function serversOf({ configFile }: CommandContext, { config, nodes }: Options): readonly string[] {
  const base = clusterOf(config ?? configFile);
  return (nodes === undefined ? base : patternConfig(nodes, base)).nodes.map(clientUrl);
}
