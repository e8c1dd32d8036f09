/** `zabble write <n>`: sets the room's target, which opens its next round. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCommandOptions, type CommandOptions } from "../command-options.js";
import { parseValue } from "../option-values.js";
import { sendCommand } from "../send-command.js";
import { serversOf } from "../servers.js";

const EXAMPLES = `
If the open round has guesses, it is closed first and the closest guess wins it.

Examples:
  $ zabble write 60
  $ zabble write 60 --player dan --room attic
  $ zabble write 60 --server http://127.0.0.1:8080 --json
`;

export function writeCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("write")
    .description("set the target and open the next round")
    .argument("<n>", "the target, a whole number from 0 to 100", parseValue)
    .addHelpText("after", EXAMPLES);
  return addCommandOptions(command, context).action(
    async (value: number, options: CommandOptions) => {
      done(await sendCommand(context, serversOf(options), { name: "write", value }, options));
    },
  );
}
