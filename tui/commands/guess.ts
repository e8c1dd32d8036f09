/** `zabble guess <n>`: guesses in the room's open round. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCommandOptions, type CommandOptions } from "../command-options.js";
import { parseValue } from "../option-values.js";
import { sendCommand } from "../send-command.js";
import { serversOf } from "../servers.js";

const EXAMPLES = `
Examples:
  $ zabble guess 52
  $ zabble guess 52 --player alice --room attic
  $ zabble guess 52 --node node3 --json
`;

export function guessCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("guess")
    .description("guess in the open round")
    .argument("<n>", "the guess, a whole number from 0 to 100", parseValue)
    .addHelpText("after", EXAMPLES);
  return addCommandOptions(command, context).action(
    async (value: number, options: CommandOptions) => {
      done(await sendCommand(context, serversOf(options), { name: "guess", value }, options));
    },
  );
}
