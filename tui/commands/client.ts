/** `zabble client`: reads commands line by line, from a person or from a pipe. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCallOptions, addPlayerOptions } from "../command-options.js";
import { type InteractiveOptions, runInteractive } from "../interactive.js";

const EXAMPLES = `
It prompts on a terminal. From a pipe it takes one command a line, and ends with the highest exit
code of them.

Examples:
  $ zabble client --player alice
  $ printf 'write 60\\nguess 52\\nread\\n' | zabble client --node node2
`;

export function clientCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("client")
    .description("talk to the cluster line by line: connect, write, guess, read, watch, ...")
    .addHelpText("after", EXAMPLES);
  addCallOptions(addPlayerOptions(command, context), context);
  return command.action(async (options: InteractiveOptions) => {
    done(await runInteractive(context, options));
  });
}
