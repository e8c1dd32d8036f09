/**
 * A whole run of bots, from the first look at the room to the summary. What they do in between is
 * in play-turns.ts and bot-player.ts.
 */
import { type CommandContext, printJson } from "../command-context.js";
import { ExitCode } from "../exit-code.js";
import { type CallFailure, failureFields, reportFailure } from "../report-failure.js";
import { type BotPlan, createBotReport } from "./bot-report.js";
import { type BotTeam, createBotTeam } from "./bot-team.js";
import { playTurns } from "./play-turns.js";
import { createRandom } from "./random.js";
import { createTally } from "./tally.js";
import { type WatchedRoom, watchRoom } from "./watched-room.js";

/** For the first word of any server. */
const START_LIMIT_MS = 10_000;

/** Resolves with the exit code. `stop` ends the bots early, and is aborted when they end. */
export async function runBots(
  context: CommandContext,
  plan: BotPlan,
  json: boolean,
  stop: AbortController,
): Promise<number> {
  const { clock, transport } = context;
  const { servers, room, durationMs, targets } = plan;
  const { signal } = stop;
  const tally = createTally();
  const report = createBotReport(context, json, tally);
  let team: BotTeam | undefined;
  const watched = watchRoom({
    servers,
    transport,
    clock,
    signal,
    room,
    onGuess: (player, guess) => team?.learn(player, guess),
  });

  async function reportOn(startMs: number): Promise<void> {
    for (;;) {
      await clock.sleep(report.progressEveryMs, signal);
      if (signal.aborted) return;
      report.progress(clock.now() - startMs);
    }
  }

  async function play(): Promise<void> {
    const startMs = clock.now();
    team = createBotTeam(context, plan, tally, report, startMs);
    if (durationMs !== undefined) void clock.sleep(durationMs, signal).then(() => stop.abort());
    const random = createRandom(plan.seed, "");
    const { bots } = team;
    const turns = playTurns({ bots, room: watched.room, targets, clock, random, signal });
    await Promise.all([turns, reportOn(startMs)]);
    const unanswered = await team.close();
    report.summary(clock.now() - startMs, unanswered);
  }

  /** The failure, if nobody ever answered. */
  async function playOnceSeen(): Promise<CallFailure | undefined> {
    const isSeen = await seenInTime(context, watched, signal);
    if (isSeen || signal.aborted) {
      await play();
      return undefined;
    }
    stop.abort();
    const message = `no server answered within ${START_LIMIT_MS} ms: ${servers.join(", ")}`;
    return { kind: "unavailable", message };
  }

  report.start(plan);
  // Without the watch the bots would play blindly.
  const watching = watched.ended.finally(() => stop.abort());
  const [silence, refusal] = await Promise.all([playOnceSeen(), watching]);
  const failure = refusal ?? silence;
  if (failure === undefined) return ExitCode.done;
  if (json) printJson(context.stdout, { type: failure.kind, ...failureFields(failure) });
  return reportFailure(context, failure, json);
}

/** Whether some server told how the room stands, before the limit and before `signal` aborts. */
async function seenInTime(
  { clock }: CommandContext,
  { seen }: WatchedRoom,
  signal: AbortSignal,
): Promise<boolean> {
  const looked = new AbortController();
  const limit = clock.sleep(START_LIMIT_MS, AbortSignal.any([signal, looked.signal]));
  const isSeen = await Promise.race([seen.then(() => true), limit.then(() => false)]);
  looked.abort();
  return isSeen;
}
