/**
 * One run of the command line: arguments in, exit code out. It ends no process and touches nothing
 * but its context, so tests run whole commands in memory.
 */
import { Command, CommanderError } from "commander";
import type { CommandContext } from "./command-context.js";
import { botCommand } from "./commands/bot.js";
import { clientCommand } from "./commands/client.js";
import { closeCommand } from "./commands/close.js";
import { gatewayCommand } from "./commands/gateway.js";
import { guessCommand } from "./commands/guess.js";
import { killLeaderCommand } from "./commands/kill-leader.js";
import { logCommand } from "./commands/log.js";
import { nodeCommand } from "./commands/node.js";
import { playCommand } from "./commands/play.js";
import { readCommand } from "./commands/read.js";
import { statusCommand } from "./commands/status.js";
import { upCommand } from "./commands/up.js";
import { watchCommand } from "./commands/watch.js";
import { writeCommand } from "./commands/write.js";
import { ExitCode } from "./exit-code.js";
import { UsageError } from "./usage-error.js";

/** Makes one command. It hands its exit code to `done` once. */
type CommandMaker = (context: CommandContext, done: (exitCode: number) => void) => Command;

/** In the order of the help. */
const commandMakers: readonly CommandMaker[] = [
  upCommand,
  playCommand,
  writeCommand,
  guessCommand,
  closeCommand,
  readCommand,
  watchCommand,
  clientCommand,
  botCommand,
  statusCommand,
  killLeaderCommand,
  logCommand,
  nodeCommand,
  gatewayCommand,
];

const HELP = `
Exit codes:
  0  done
  1  refused by the rules of the game
  2  wrong usage; nothing was tried
  3  no answer from the cluster, or the outcome is unknown
  70 a bug in this program; its stack is on standard error

Examples:
  $ zabble up                  start five nodes and the gateway
  $ zabble write 60            set the target of the lobby to 60
  $ zabble guess 52            guess 52
  $ zabble guess --help        every command has its own help
`;

/** The arguments are those after the program's name. Resolves with the exit code. */
export async function runZabble(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = ExitCode.done;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = new Command("zabble")
    .description("A number-guessing game on a replicated, event-sourced log.")
    .addHelpText("after", HELP);
  for (const make of commandMakers) program.addCommand(make(context, done));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showHelpAfterError("See zabble --help, or zabble <command> --help.")
      .configureOutput({
        writeOut: (text) => context.stdout.write(text),
        writeErr: (text) => context.stderr.write(text),
      });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed the help or the mistake already.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    if (!(error instanceof UsageError)) throw error;
    context.stderr.write(`${error.message}\n`);
    return ExitCode.usage;
  }
}
