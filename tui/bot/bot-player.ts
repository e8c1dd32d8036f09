/**
 * One computer player: it guesses at its own pace through a server of its own, and repeats what was
 * not answered, with the same request ids, until it is. It sees the game through what it is handed
 * and prints nothing.
 */
import type { Clock } from "../../client/clock.js";
import type { PlayCallInit, PlayOutcome } from "../../client/play-session.js";
import type { Room } from "../../game/room.js";
import { afterGuess, type JudgedGuess, type Learned, nothingLearned } from "./learned.js";
import type { Pace } from "./pace.js";
import type { PlayLanes } from "./play-lanes.js";
import type { Random } from "./random.js";
import { anyValue, nextGuess, type Strategy } from "./strategy.js";
import type { Tally } from "./tally.js";

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** A server that answers, but not what became of a command, is left after so many tries. */
const TRIES_PER_SERVER = 4;

/** Up to this many guesses a second a bot waits for each answer, as a person would. */
const UNHURRIED_RATE_MAX = 20;
const PIPELINED_MAX = 256;
/** Above this rate bisect, having hit, begins anew instead of waiting for the next round. */
const PATIENT_RATE_MAX = 5;

export interface BotPlayerOptions {
  readonly name: string;
  readonly room: string;
  readonly strategy: Strategy;
  /** Guesses a second. */
  readonly rate: number;
  readonly pace: Pace;
  readonly random: Random;
  /** Base addresses in the order in which this bot prefers them; at least one. */
  readonly servers: readonly string[];
  readonly lanes: PlayLanes;
  readonly clock: Clock;
  readonly requestId: () => string;
  readonly tally: Tally;
}

export interface BotPlayer {
  /** Milliseconds by the clock: when to call `play` next. */
  nextMs(): number;
  /** Makes the guesses that are due by now. */
  play(room: Room | undefined, nowMs: number): void;
  /** Sets a random target, unless too much is unanswered. False: somebody else should. */
  trySetTarget(): boolean;
  /** Whether a target that it set is unanswered. */
  setsTarget(): boolean;
  /** A guess of this bot was committed. */
  learn(guess: JudgedGuess): void;
  /** Commands that nobody answered yet. */
  unanswered(): number;
  /** Resolves when nothing is unanswered. */
  idle(): Promise<void>;
  /** It repeats nothing any more. */
  close(): void;
}

interface Command {
  readonly init: PlayCallInit;
  /** The round that a guess was meant for; undefined for a target. */
  readonly round: number | undefined;
  readonly firstSentMs: number;
}

export function createBotPlayer(options: BotPlayerOptions): BotPlayer {
  const { room: roomName, rate, random, servers, lanes, clock, tally } = options;
  const unansweredMax = rate > UNHURRIED_RATE_MAX ? PIPELINED_MAX : 1;
  let learned: Learned = nothingLearned(0);
  let unanswered = 0;
  let settingTarget = false;
  /** To be sent again after the pause that is under way whenever there are any. */
  let toRepeat: Command[] = [];
  let failures = 0;
  let moves = 0;
  /** Refused up to this round: only a later one is worth a guess. */
  let refusedRound = 0;
  const closed = new AbortController();
  let sayIdle: () => void = () => {};

  /** The first one that is not lost; if all are, the one whose turn it is. */
  function server(): string {
    const { length } = servers;
    const turn = servers[moves % length];
    for (let step = 0; step < length; step++) {
      const candidate = servers[(moves + step) % length];
      if (candidate !== undefined && !lanes.isLost(candidate)) return candidate;
    }
    if (turn === undefined) throw new Error("A bot needs at least one server.");
    return turn;
  }

  function issue(call: NonNullable<PlayCallInit["call"]>, round: number | undefined): void {
    unanswered++;
    const init = { requestId: options.requestId(), call };
    send({ init, round, firstSentMs: clock.now() });
  }

  function send(command: Command): void {
    void lanes.call(server(), command.init).then((outcome) => take(command, outcome));
  }

  function take(command: Command, outcome: PlayOutcome): void {
    const { round, firstSentMs } = command;
    switch (outcome.kind) {
      case "committed":
        failures = 0;
        if (round === undefined) tally.targetConfirmed();
        else tally.guessConfirmed(clock.now() - firstSentMs);
        answered(command);
        break;
      case "refused":
        failures = 0;
        tally.refused();
        refusedRound = Math.max(refusedRound, round ?? 0);
        answered(command);
        break;
      case "game":
      case "unknown":
      case "unavailable":
        toRepeat.push(command);
        if (toRepeat.length === 1) void repeatLater();
    }
  }

  function answered({ round }: Command): void {
    unanswered--;
    if (round === undefined) settingTarget = false;
    if (unanswered === 0) sayIdle();
  }

  /** When a session breaks all its commands come here at once, and go on together. */
  async function repeatLater(): Promise<void> {
    while (toRepeat.length > 0) {
      await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures), closed.signal);
      if (closed.signal.aborted) return;
      failures = Math.min(failures + 1, 30);
      if (failures % TRIES_PER_SERVER === 0) moves++;
      const commands = toRepeat.slice(0, lanes.free(server()));
      toRepeat = toRepeat.slice(commands.length);
      for (const command of commands) {
        tally.repeated();
        send(command);
      }
    }
  }

  /** If not, it is behind, and a beat is left out. */
  function isFree(): boolean {
    return unanswered < unansweredMax && toRepeat.length === 0 && lanes.free(server()) > 0;
  }

  function guess(room: Room | undefined): void {
    if (room?.status !== "open" || room.round <= refusedRound || !isFree()) return;
    const value = nextGuess(options.strategy, random, room, learned);
    if (value === undefined) return;
    const command = { room: roomName, player: options.name, value };
    issue({ case: "submitGuess", value: command }, room.round);
  }

  return {
    nextMs: options.pace.nextMs,
    play(room, nowMs) {
      for (let beats = options.pace.take(nowMs); beats > 0; beats--) guess(room);
    },
    trySetTarget() {
      if (!isFree()) return false;
      settingTarget = true;
      const command = { room: roomName, player: options.name, value: anyValue(random) };
      issue({ case: "setTarget", value: command }, undefined);
      return true;
    },
    setsTarget: () => settingTarget,
    learn(judged) {
      learned = afterGuess(learned, judged, rate > PATIENT_RATE_MAX);
    },
    unanswered: () => unanswered,
    idle: () =>
      new Promise((resolve) => {
        sayIdle = resolve;
        if (unanswered === 0) resolve();
      }),
    close: () => closed.abort(),
  };
}
