/**
 * Clients: each plays on through whatever node it likes, repeats a command with the same request id
 * on another node when the outcome is unknown, and gives up in the end. Some send the same command
 * to two nodes at once, as an impatient proxy would, or once more long after it was answered, as a
 * slow one.
 */

import type { Refusal } from "../../api/refusal.js";
import type { Command } from "../../game/command.js";
import { type Operation as ClientOperation, UNAVAILABLE } from "../history/operation.js";
import { answered, ROOMS, readsOf, resultOf, sentCommand } from "./client-operations.js";
import type { History, Operation } from "./history.js";
import type { Prng } from "./prng.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import type { World } from "./world.js";

export interface ClientProfile {
  readonly clients: number;
  readonly thinkMeanMs: number;
  readonly readChance: number;
  readonly twiceChance: number;
  /** The chance that a command comes once more, seconds later, through some node. */
  readonly lateChance: number;
  /** The chance that a crowd joins a client: many commands at once, each another player's. */
  readonly burstChance: number;
  /** The chance that a command may wait for long. */
  readonly slowChance: number;
  /** The chance that a client takes a no for an answer, even one that it might ask again. */
  readonly giveUpChance: number;
  /** Whether "nothing happened" is to be believed: not where frames may be repeated. */
  readonly believesNo: boolean;
  readonly rooms: number;
  /** A command is not repeated once so many newer ones were sent: a game may have forgotten it. */
  readonly memory: number;
}

export interface Clients {
  stop(): void;
}

/** A command on its way, and what is noted of it. */
interface Errand {
  readonly wish: Command;
  readonly op: Operation;
  readonly inFull: ClientOperation;
  /** Two copies are on their way at once: a no to one says nothing of the other. */
  readonly twice: boolean;
}

const ATTEMPTS_MAX = 12;
export const BURST_COMMANDS = 20;
const DEADLINE_MS = 1000;
const SLOW_DEADLINE_MS = 5000;

export function startClients(
  world: World,
  prng: Prng,
  cluster: SimCluster,
  history: History,
  profile: ClientProfile,
): Clients {
  let stopped = false;
  let lastRequest = 0;
  let lastRead = 0;
  const [lobby, attic] = ROOMS;
  const rooms = Array.from({ length: profile.rooms - ROOMS.length }, (_, i) => `room${i + 3}`);

  function up(): SimNode[] {
    return cluster.nodes.filter((node) => node.running !== undefined);
  }

  function startClient(name: string, dice: Prng): void {
    const next = (): void => {
      if (stopped) return;
      world.after(dice.exponential(profile.thinkMeanMs), () => {
        if (stopped) return;
        if (dice.chance(profile.readChance)) read(name, dice, next);
        else {
          if (dice.chance(profile.burstChance)) burst(name, dice);
          command(name, dice, next);
        }
      });
    };
    next();
  }

  function read(client: string, dice: Prng, then: () => void): void {
    const nodes = up();
    if (nodes.length === 0) {
      then();
      return;
    }
    const replica = dice.pick(nodes).running;
    const newestBefore = history.newestTold;
    lastRead++;
    const shown = [lobby, dice.pick([attic, ...rooms])];
    const asked = { client, readId: `read${lastRead}`, invokedAtMs: world.nowMs, shown };
    const once = settleOnce(1500, then);
    replica?.node.readIndex(1000, (outcome) => {
      if (outcome.ok) {
        const game = replica.node.game();
        history.reads.push({ newestBefore, zxid: game.zxid });
        history.clientOperations.push(...readsOf(game, asked, world.nowMs));
      }
      once();
    });
  }

  /** Calls `done` once: when called itself, or when the client has waited long enough. */
  function settleOnce(waitMs: number, done: () => void): () => void {
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      done();
    };
    world.after(waitMs, settle);
    return settle;
  }

  function burst(name: string, dice: Prng): void {
    for (let i = 1; i <= BURST_COMMANDS; i++) command(`${name} ${i}`, dice, () => {});
  }

  function command(name: string, dice: Prng, then: () => void): void {
    lastRequest++;
    const requestId = `r${lastRequest}`;
    const room = dice.chance(0.7) ? lobby : dice.pick([attic, ...rooms]);
    const kind = dice.next();
    const value = dice.int(0, 100);
    const wish: Command =
      kind < 0.25
        ? { type: "SetTarget", room, player: name, value, requestId }
        : kind < 0.95
          ? { type: "SubmitGuess", room, player: name, value, requestId }
          : { type: "CloseRound", room, player: name, requestId };
    const op: Operation = {
      requestId,
      newestBefore: history.newestTold,
      outcome: "unknown",
      zxid: 0n,
    };
    const twice = dice.chance(profile.twiceChance);
    const errand = { wish, op, inFull: sentCommand(wish, world.nowMs), twice };
    history.operations.push(op);
    history.clientOperations.push(errand.inFull);
    const late = dice.chance(profile.lateChance);
    if (twice) attempt(errand, dice, 1, true, () => {});
    attempt(errand, dice, 1, twice, () => {
      if (late) repeatLate(errand, dice);
      then();
    });
  }

  /** A copy that was held up on the way. Not of what was refused for good: it must stay refused. */
  function repeatLate(errand: Errand, dice: Prng): void {
    world.after(dice.exponential(2000), () => {
      if (stopped || errand.inFull.result?.type === "rejected" || isTooOld(errand.op)) return;
      attempt(errand, dice, ATTEMPTS_MAX, true, () => {});
    });
  }

  function isTooOld({ requestId }: Operation): boolean {
    return lastRequest - Number(requestId.slice(1)) >= profile.memory;
  }

  /** `doubtful`: some attempt may have happened, so that nobody could be asked proves nothing. */
  function attempt(
    errand: Errand,
    dice: Prng,
    count: number,
    doubtful: boolean,
    done: () => void,
  ): void {
    const { wish, op, inFull, twice } = errand;
    const retry = (unsure: boolean): void => {
      const givesUp = dice.chance(profile.giveUpChance);
      if (stopped || givesUp || count >= ATTEMPTS_MAX || isTooOld(op)) {
        if (!doubtful && !unsure && profile.believesNo) {
          answered(inFull, { type: "rejected", reason: UNAVAILABLE }, world.nowMs);
          op.outcome = "refused";
        }
        done();
        return;
      }
      world.after(5 + dice.exponential(30 * count), () => {
        attempt(errand, dice, count + 1, doubtful || unsure, done);
      });
    };
    const nodes = up();
    if (nodes.length === 0) {
      retry(false);
      return;
    }
    let waiting = true;
    /** True once: whoever comes first, the answer or the end of patience, goes on. */
    const first = (): boolean => {
      const was = waiting;
      waiting = false;
      return was;
    };
    const deadlineMs = dice.chance(profile.slowChance) ? SLOW_DEADLINE_MS : DEADLINE_MS;
    world.after(deadlineMs + 200, () => {
      if (first()) retry(true);
    });
    dice.pick(nodes).running?.node.submit(wish, deadlineMs, (outcome) => {
      if (outcome.ok) {
        answered(inFull, resultOf(outcome), world.nowMs);
        op.outcome = "ok";
        op.zxid = outcome.zxid;
        if (outcome.zxid > history.newestTold) history.newestTold = outcome.zxid;
      }
      if (!first()) return;
      if (outcome.ok) {
        done();
      } else if (isRetryable(outcome.refusal)) {
        retry(isUnknown(outcome.refusal));
      } else {
        // The rules' no is final, whatever became of earlier attempts: none of them may happen now.
        const final = !twice;
        if (final) answered(inFull, resultOf(outcome), world.nowMs);
        if (op.outcome !== "ok") op.outcome = final ? "refused" : "unknown";
        done();
      }
    });
  }

  for (let i = 0; i < profile.clients; i++) startClient(`player${i + 1}`, prng.fork(`client${i}`));
  return {
    stop() {
      stopped = true;
    },
  };
}

function isRetryable(refusal: Refusal): boolean {
  return ["NO_LEADER", "LEADER_LOST", "DEADLINE", "OVERLOADED"].includes(refusal.reason);
}

/** Whether the refusal leaves open what became of the command. */
export function isUnknown(refusal: Refusal): boolean {
  return "outcomeUnknown" in refusal && refusal.outcomeUnknown === true;
}
