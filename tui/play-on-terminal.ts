/** From the options of a command to the screen, and from the screen's end to an exit code. */
import { playerName } from "../game/names.js";
import { type CommandContext, printLine } from "./command-context.js";
import { ExitCode } from "./exit-code.js";
import { type PlayOptions, play } from "./play.js";
import type { PlayEnd } from "./play-effects.js";
import { rememberedPlayer } from "./remembered-player.js";
import { type ThemeName, themeFrom } from "./screen/theme.js";

export interface ScreenOptions {
  readonly player?: string;
  readonly room: string;
  readonly spectate?: boolean;
  readonly mouse?: boolean;
  readonly theme?: ThemeName;
}

/** What a shell makes of a process that a signal ended: 128 and the signal's number. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Undefined on a terminal; else what to do without one is said, and this is the exit code. */
export function needsTerminal({ stdin, stdout, stderr }: CommandContext): number | undefined {
  if (stdin.isTTY === true && stdout.isTTY === true) return undefined;
  printLine(stderr, "zabble play needs a terminal to draw on and to read keys from.");
  printLine(
    stderr,
    "Without one: zabble watch prints every event as a line, zabble guess guesses.",
  );
  return ExitCode.usage;
}

/** Resolves with the exit code. */
export async function playOnTerminal(
  context: CommandContext,
  servers: readonly string[],
  options: ScreenOptions,
  onNotice?: PlayOptions["onNotice"],
): Promise<number> {
  const { env } = context;
  const spectator = options.spectate === true;
  const setting = {
    player: spectator ? undefined : (options.player ?? rememberedPlayer(env)),
    suggestedPlayer: playerName(env.USER ?? "") ?? "player",
    spectator,
    room: options.room,
    mouse: options.mouse === true,
    theme: themeFrom(env, options.theme),
  };
  const spread = spreadOut(servers, context.requestId());
  const end = await play(context, {
    servers: spread,
    setting,
    ...(onNotice === undefined ? {} : { onNotice }),
  });
  return exitCodeOf(context, end);
}

function exitCodeOf({ stderr }: CommandContext, end: PlayEnd): number {
  switch (end.kind) {
    case "quit":
      return ExitCode.done;
    case "interrupt":
      return SIGNAL_CODES.SIGINT;
    case "lost":
      return SIGNAL_CODES.SIGHUP;
    case "signal":
      return SIGNAL_CODES[end.signal];
    case "refused":
      printLine(stderr, `refused: ${end.message}`);
      return ExitCode.refused;
  }
}

/** Begins somewhere in the list, so that many players do not all sit on its first server. */
function spreadOut(servers: readonly string[], random: string): readonly string[] {
  let sum = 0;
  for (const character of random) sum += character.codePointAt(0) ?? 0;
  const start = sum % servers.length;
  return [...servers.slice(start), ...servers.slice(0, start)];
}
