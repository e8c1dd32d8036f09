/** `zabble read`: prints the room as it stands. */
import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCallOptions, addRoomOption, type CallOptions } from "../command-options.js";
import { type ReadOptions, readRoom } from "../read-room.js";
import { serversOf } from "../servers.js";

const EXAMPLES = `
A linearizable read sees everything that was confirmed anywhere before it began and needs a quorum.
A local read shows what one node has applied, also without a quorum.

Examples:
  $ zabble read
  $ zabble read --room attic --json
  $ zabble read --node node4 --consistency local
`;

export function readCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const consistency = new Option("--consistency <kind>", "how much the answer must have seen")
    .choices(["linearizable", "local"])
    .default("linearizable");
  const command = new Command("read")
    .description("show the room: target, guesses, scores")
    .addHelpText("after", EXAMPLES);
  addRoomOption(command).addOption(consistency);
  return addCallOptions(command, context).action(async (options: CallOptions & ReadOptions) => {
    done(await readRoom(context, serversOf(options), options));
  });
}
