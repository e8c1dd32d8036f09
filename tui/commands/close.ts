/** `zabble close`: closes the room's open round without opening the next. */
import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCommandOptions, type CommandOptions } from "../command-options.js";
import { sendCommand } from "../send-command.js";
import { serversOf } from "../servers.js";

const EXAMPLES = `
The closest guess wins the round and becomes the target. A round without guesses cannot be closed.

Examples:
  $ zabble close
  $ zabble close --room attic --player dan
`;

export function closeCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("close")
    .description("close the open round; the closest guess wins")
    .addHelpText("after", EXAMPLES);
  return addCommandOptions(command, context).action(async (options: CommandOptions) => {
    done(await sendCommand(context, serversOf(options), { name: "close" }, options));
  });
}
