/**
 * What `zabble bot` prints: lines for people, the progress rewritten in place on a terminal, or
 * JSON lines for programs. It measures nothing by itself.
 */
import { type CommandContext, printJson, printLine } from "../command-context.js";
import type { Latencies } from "./latencies.js";
import type { Strategy } from "./strategy.js";
import type { Counts, Tally } from "./tally.js";

/** What the bots of this process are and do. */
export interface BotPlan {
  /** At least one. */
  readonly names: readonly string[];
  readonly room: string;
  /** Base addresses, at least one. */
  readonly servers: readonly string[];
  /** Guesses a second of each bot. */
  readonly rate: number;
  readonly strategy: Strategy;
  readonly seed: number;
  /** Whether they set targets too. */
  readonly targets: boolean;
  /** Undefined: until they are stopped. */
  readonly durationMs: number | undefined;
}

export interface BotReport {
  /** What to wait between two calls of `progress`. */
  readonly progressEveryMs: number;
  start(plan: BotPlan): void;
  /** `elapsedMs`: since the bots began to play, here and below. */
  progress(elapsedMs: number): void;
  lost(server: string, reason: string): void;
  found(server: string): void;
  /** `unanswered`: commands that nobody will hear of any more. */
  summary(elapsedMs: number, unanswered: number): void;
}

const ON_TERMINAL_EVERY_MS = 1000;
const ELSEWHERE_EVERY_MS = 10_000;
/** Back to the first column, and nothing in this line any more. */
const CLEAR_LINE = "\r\u001b[K";
/** Too long a line is cut at the edge: a second line could not be rewritten. */
const cut = (line: string): string => `\u001b[?7l${line}\u001b[?7h`;

export function createBotReport(
  { stdout }: Pick<CommandContext, "stdout">,
  json: boolean,
  tally: Tally,
): BotReport {
  const isTerminal = stdout.isTTY === true;
  let before = { confirmed: 0, elapsedMs: 0 };
  let lineIsOpen = false;

  function say(line: string, value: object): void {
    if (json) {
      printJson(stdout, value);
      return;
    }
    printLine(stdout, lineIsOpen ? CLEAR_LINE + line : line);
    lineIsOpen = false;
  }

  function sayProgress(line: string, value: object): void {
    if (json || !isTerminal) {
      say(line, value);
      return;
    }
    stdout.write(CLEAR_LINE + cut(line));
    lineIsOpen = true;
  }

  return {
    progressEveryMs: isTerminal ? ON_TERMINAL_EVERY_MS : ELSEWHERE_EVERY_MS,
    start: (plan) => say(planInWords(plan), { type: "start", ...plan, bots: plan.names.length }),
    progress(elapsedMs) {
      const counts = tally.counts();
      const { confirmed, refused, repeated } = counts;
      const perSecond = rateOf(confirmed - before.confirmed, elapsedMs - before.elapsedMs);
      before = { confirmed, elapsedMs };
      const latencies = tally.takeLatencies();
      const words = [
        `${Math.round(elapsedMs / 1000)} s: ${confirmed} confirmed, ${perSecond}/s`,
        `${refused} refused, ${repeated} repeated${latenciesInWords(latencies)}`,
      ];
      const fields = { elapsedMs: rounded(elapsedMs), ...counts, perSecond };
      sayProgress(words.join(", "), { type: "progress", ...fields, ...latencyFields(latencies) });
    },
    lost(server, reason) {
      say(`Lost ${server}: ${reason.replace(/\.$/, "")}.`, { type: "lost", server, reason });
    },
    found(server) {
      say(`Found ${server} again.`, { type: "found", server });
    },
    summary(elapsedMs, unanswered) {
      const { latencies } = tally;
      const counts = tally.counts();
      const perSecond = rateOf(counts.confirmed, elapsedMs);
      const words = summaryInWords(elapsedMs, counts, perSecond, unanswered, latencies);
      const fields = { elapsedMs: rounded(elapsedMs), ...counts, unanswered, perSecond };
      say(words, { type: "summary", ...fields, ...latencyFields(latencies) });
    },
  };
}

function planInWords({ names, room, servers, rate, strategy, seed }: BotPlan): string {
  const one = names.length === 1;
  const who = one ? `1 bot (${names[0]}) plays` : `${names.length} bots (${ends(names)}) play`;
  const where = `in ${room} through ${counted(servers.length, "server")}`;
  const pace = `${rate} guesses/s${one ? "" : " each"}`;
  const stop = `Ctrl-C stops ${one ? "it" : "them"}.`;
  return `${who} ${where}, ${pace}, strategy ${strategy}, seed ${seed}. ${stop}`;
}

function ends(names: readonly string[]): string {
  return `${names[0]} .. ${names.at(-1)}`;
}

function summaryInWords(
  elapsedMs: number,
  { confirmed, targets, refused, repeated }: Counts,
  perSecond: number,
  unanswered: number,
  latencies: Latencies,
): string {
  const sums = [
    `${confirmed} confirmed (${perSecond}/s)`,
    `${refused} refused`,
    `${repeated} repeated`,
    `${unanswered} unanswered`,
    `${counted(targets, "target")} set`,
  ];
  return `In ${(elapsedMs / 1000).toFixed(1)} s: ${sums.join(", ")}${latenciesInWords(latencies)}.`;
}

function latenciesInWords(latencies: Latencies): string {
  const { medianMs, p99Ms } = latencyFields(latencies);
  return medianMs === null ? "" : `, median ${medianMs} ms, p99 ${p99Ms} ms`;
}

/** Milliseconds; null while nothing was confirmed. */
function latencyFields(latencies: Latencies) {
  const of = (part: number): number | null => {
    const ms = latencies.quantileMs(part);
    return ms === undefined ? null : rounded(ms);
  };
  return { medianMs: of(0.5), p99Ms: of(0.99) };
}

function rateOf(count: number, ms: number): number {
  return ms > 0 ? rounded((count * 1000) / ms) : 0;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
