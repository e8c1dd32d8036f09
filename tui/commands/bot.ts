/** `zabble bot`: computer players, as company for one person or as load for the cluster. */
import { Command, Option } from "commander";
import { PLAYER_RULE, playerName } from "../../game/names.js";
import type { BotPlan } from "../bot/bot-report.js";
import { runBots } from "../bot/run-bots.js";
import { STRATEGIES, type Strategy } from "../bot/strategy.js";
import type { CommandContext } from "../command-context.js";
import {
  addJsonOption,
  addRoomOption,
  addServerOptions,
  type ServerOptions,
} from "../command-options.js";
import {
  parseBotCount,
  parseBotDuration,
  parseBotRate,
  parseSeed,
  SEED_MAX,
} from "../option-values.js";
import { serversOf } from "../servers.js";
import { UsageError } from "../usage-error.js";

const EXAMPLES = `
Strategies:
  closest  takes the lead when it can, else the nearest place that is left
  random   guesses anything
  bisect   halves what is left, as if it did not see the target

They open the room if it does not exist, and set a new target a while after a round has ended or
somebody has hit. Ctrl-C stops them and prints a summary.

Examples:
  $ zabble bot                                         one bot, a guess every two seconds
  $ zabble bot --count 3 --strategy bisect --room attic
  $ zabble bot --count 50 --rate 20 --duration 10 --json
`;

/** Guesses a second of all bots of one process. */
const TOTAL_RATE_MAX = 20_000;

interface Options extends ServerOptions {
  readonly count: number;
  readonly rate: number;
  readonly strategy: Strategy;
  readonly name: string;
  readonly room: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly seed?: number;
  readonly targets: boolean;
  readonly json?: boolean;
}

export function botCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const strategy = new Option("--strategy <name>", "how they choose their guesses");
  const command = new Command("bot")
    .description("let computer players play")
    .option("--count <n>", "how many bots", parseBotCount, 1)
    .option("--rate <n>", "guesses a second of each bot", parseBotRate, 0.5)
    .addOption(strategy.choices(STRATEGIES).default("closest"))
    .option("--name <prefix>", "what their names begin with", "bot")
    .option("--duration <s>", "seconds to play (default: until Ctrl-C)", parseBotDuration)
    .option("--seed <n>", "repeats the choices that had this seed", parseSeed)
    .option("--targets", "set new targets when the game needs them", true)
    .option("--no-targets", "only guess")
    .addHelpText("after", EXAMPLES);
  addServerOptions(addRoomOption(command), context);
  return addJsonOption(command).action(async (options: Options) => {
    const plan = planOf(options, context.clock.now());
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    const forget = [context.onSignal("SIGINT", interrupt), context.onSignal("SIGTERM", interrupt)];
    done(await runBots(context, plan, options.json === true, stop));
    for (const off of forget) off();
  });
}

/** Throws UsageError. */
function planOf(options: Options, nowMs: number): BotPlan {
  const { count, rate, strategy, room, targets } = options;
  const total = count * rate;
  if (total > TOTAL_RATE_MAX) {
    const wish = `${count} bots with ${rate} guesses/s each make ${total} guesses/s`;
    throw new UsageError(`${wish}; at most ${TOTAL_RATE_MAX} are possible together.`);
  }
  const names = Array.from({ length: count }, (_, index) => nameOf(options.name, index + 1));
  const seed = options.seed ?? Math.floor(nowMs) % (SEED_MAX + 1);
  const durationMs = options.duration;
  return { names, room, servers: serversOf(options), rate, strategy, seed, targets, durationMs };
}

function nameOf(prefix: string, number: number): string {
  const name = playerName(`${prefix}${number}`);
  if (name !== undefined) return name;
  throw new UsageError(`A player's name is ${PLAYER_RULE}; "${prefix}${number}" is not.`);
}
