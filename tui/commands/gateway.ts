/** `zabble gateway`: one gateway in the foreground; the gateway's bundle does the work. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { passOn, runBundle } from "../spawn-bundle.js";

const EXAMPLES = `
It serves what the nodes serve, from a read model of its own, and passes commands on to whichever
node works. It keeps no data: start as many as you like.

Examples:
  $ zabble gateway
  $ zabble gateway --port 8081 --config config/three.yaml
`;

interface Options {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
}

export function gatewayCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  return new Command("gateway")
    .description("run a gateway in front of the nodes")
    .option("--config <file>", "the cluster file")
    .option("--port <n>", "where to serve, instead of the file's gateway.port")
    .option("--host <name>", "the address to serve on, instead of the file's gateway.host")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config, port, host }: Options) => {
      const args = [...passOn("config", config), ...passOn("port", port), ...passOn("host", host)];
      done(await runBundle(context, "gateway.js", args));
    });
}
