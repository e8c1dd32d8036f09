/**
 * All bots of one process, with the sessions that they share. Who they are follows from the plan
 * and its seed alone; play-turns.ts makes them act.
 */
import type { CommandContext } from "../command-context.js";
import { type BotPlayer, createBotPlayer } from "./bot-player.js";
import type { BotPlan, BotReport } from "./bot-report.js";
import type { JudgedGuess } from "./learned.js";
import { createPace } from "./pace.js";
import { createPlayLanes } from "./play-lanes.js";
import { createRandom } from "./random.js";
import type { Tally } from "./tally.js";

/** For the last answers, once the bots are stopped. */
const LAST_ANSWERS_MS = 1000;

export interface BotTeam {
  readonly bots: readonly BotPlayer[];
  /** A guess of anybody was committed. */
  learn(player: string, guess: JudgedGuess): void;
  /**
   * Waits a little for what is unanswered and then lets go of the servers. Resolves with how many
   * commands were left without an answer.
   */
  close(): Promise<number>;
}

/** `startMs`: when the first interval between beats begins, by the context's clock. */
export function createBotTeam(
  context: CommandContext,
  plan: BotPlan,
  tally: Tally,
  report: Pick<BotReport, "lost" | "found">,
  startMs: number,
): BotTeam {
  const { clock, requestId, transport } = context;
  const { names, room, rate, strategy, servers, seed } = plan;
  const lanes = createPlayLanes({
    transport,
    clock,
    requestId,
    room,
    // The last one has the most digits.
    longestName: names.at(-1) ?? "",
    onLost: report.lost,
    onFound: report.found,
  });
  const intervalMs = 1000 / rate;
  const byName = new Map<string, BotPlayer>();
  for (const [index, name] of names.entries()) {
    const random = createRandom(seed, name);
    const home = index % servers.length;
    const bot = createBotPlayer({
      name,
      room,
      strategy,
      rate,
      pace: createPace(startMs + random() * intervalMs, intervalMs),
      random,
      servers: [...servers.slice(home), ...servers.slice(0, home)],
      lanes,
      clock,
      requestId,
      tally,
    });
    byName.set(name, bot);
  }
  const bots = [...byName.values()];
  return {
    bots,
    learn: (player, guess) => byName.get(player)?.learn(guess),
    async close() {
      const idle = new AbortController();
      void Promise.all(bots.map((bot) => bot.idle())).then(() => idle.abort());
      await clock.sleep(LAST_ANSWERS_MS, idle.signal);
      for (const bot of bots) bot.close();
      lanes.close();
      return bots.reduce((sum, bot) => sum + bot.unanswered(), 0);
    },
  };
}
