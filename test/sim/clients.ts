/**
 * Clients: each plays on through whatever node it likes, repeats a command with the same request id
 * on another node when the outcome is unknown, and gives up in the end. Some send the same command
 * to two nodes at once, as an impatient proxy would.
 */

import type { Refusal } from "../../api/refusal.js";
import type { Command } from "../../game/command.js";
import type { History, Operation } from "./history.js";
import type { Prng } from "./prng.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import type { World } from "./world.js";

export interface ClientProfile {
  readonly clients: number;
  readonly thinkMeanMs: number;
  readonly readChance: number;
  readonly twiceChance: number;
}

export interface Clients {
  stop(): void;
  /** Commands and reads under way. */
  busy(): number;
}

const ATTEMPTS_MAX = 12;

export function startClients(
  world: World,
  prng: Prng,
  cluster: SimCluster,
  history: History,
  profile: ClientProfile,
): Clients {
  let stopped = false;
  let busy = 0;
  let lastRequest = 0;

  function up(): SimNode[] {
    return cluster.nodes.filter((node) => node.running !== undefined);
  }

  function startClient(name: string, dice: Prng): void {
    const next = (): void => {
      if (stopped) return;
      world.after(dice.exponential(profile.thinkMeanMs), () => {
        if (stopped) return;
        if (dice.chance(profile.readChance)) read(dice, next);
        else command(name, dice, next);
      });
    };
    next();
  }

  function read(dice: Prng, then: () => void): void {
    const nodes = up();
    if (nodes.length === 0) {
      then();
      return;
    }
    const replica = dice.pick(nodes).running;
    const newestBefore = history.newestTold;
    busy++;
    const once = settleOnce(1500, () => {
      busy--;
      then();
    });
    replica?.node.readIndex(1000, (outcome) => {
      if (outcome.ok) history.reads.push({ newestBefore, zxid: replica.node.game().zxid });
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

  function command(name: string, dice: Prng, then: () => void): void {
    lastRequest++;
    const requestId = `r${lastRequest}`;
    const room = dice.chance(0.8) ? "lobby" : "attic";
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
    history.operations.push(op);
    busy++;
    const twice = dice.chance(profile.twiceChance);
    if (twice) attempt(wish, op, dice, 1, true, () => {});
    attempt(wish, op, dice, 1, twice, () => {
      busy--;
      then();
    });
  }

  /** `doubtful`: some attempt may have happened, so a refusal proves nothing about the command. */
  function attempt(
    wish: Command,
    op: Operation,
    dice: Prng,
    count: number,
    doubtful: boolean,
    done: () => void,
  ): void {
    const retry = (unsure: boolean): void => {
      if (stopped || count >= ATTEMPTS_MAX) {
        done();
        return;
      }
      world.after(5 + dice.exponential(50), () => {
        attempt(wish, op, dice, count + 1, doubtful || unsure, done);
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
    world.after(1200, () => {
      if (first()) retry(true);
    });
    dice.pick(nodes).running?.node.submit(wish, 1000, (outcome) => {
      if (outcome.ok) {
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
        if (op.outcome !== "ok") op.outcome = doubtful ? "unknown" : "refused";
        done();
      }
    });
  }

  for (let i = 0; i < profile.clients; i++) startClient(`player${i + 1}`, prng.fork(`client${i}`));
  return {
    stop() {
      stopped = true;
    },
    busy: () => busy,
  };
}

function isRetryable(refusal: Refusal): boolean {
  return ["NO_LEADER", "LEADER_LOST", "DEADLINE", "OVERLOADED"].includes(refusal.reason);
}

function isUnknown(refusal: Refusal): boolean {
  return "outcomeUnknown" in refusal && refusal.outcomeUnknown === true;
}
