/** `zabble play`: the game on the whole terminal. */
import { Command, Option } from "commander";
import { ROOM_DEFAULT } from "../../game/limits.js";
import type { CommandContext } from "../command-context.js";
import { addServerOptions, type ServerOptions } from "../command-options.js";
import { parsePlayer, parseRoom } from "../option-values.js";
import { needsTerminal, playOnTerminal } from "../play-on-terminal.js";
import { THEME_NAMES, type ThemeName } from "../screen/theme.js";
import { serversOf } from "../servers.js";

const EXAMPLES = `
Digits and Enter guess, w sets a target, ? shows every key. It moves to another server when its own
dies, and misses nothing. The name is remembered.

Examples:
  $ zabble play
  $ zabble play --player alice --room attic --node node3
  $ zabble play --spectate
`;

export interface PlayCommandOptions {
  readonly player?: string;
  readonly room: string;
  readonly spectate?: boolean;
  readonly mouse?: boolean;
  readonly theme?: ThemeName;
}

export function playCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("play")
    .description("play on the whole terminal, or watch others play")
    .addHelpText("after", EXAMPLES);
  addPlayOptions(command);
  addServerOptions(command, context);
  return command.action(async (options: PlayCommandOptions & ServerOptions) => {
    const servers = serversOf(options);
    done(needsTerminal(context) ?? (await playOnTerminal(context, servers, options)));
  });
}

export function addPlayOptions(command: Command): Command {
  const theme = new Option("--theme <name>", "colours, instead of what the terminal suggests");
  return command
    .option("--player <name>", "who plays, instead of the name remembered", parsePlayer)
    .option("--room <name>", "the room to begin in", parseRoom, ROOM_DEFAULT)
    .addOption(new Option("--spectate", "only watch").conflicts("player"))
    .option("--mouse", "listen to the mouse from the start")
    .addOption(theme.choices(THEME_NAMES));
}
