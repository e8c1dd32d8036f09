/**
 * Test support: a leader without a cluster. It decides commands, proposes what comes of them and
 * applies it when told to, and keeps the log.
 */
import fc from "fast-check";
import type { Command } from "./command.js";
import { createDecider, type Verdict } from "./decider.js";
import { applyTransaction, createGame, type Game } from "./game.js";
import type { Transaction } from "./transaction.js";
import { zxidOf } from "./zxid.js";

export interface Table {
  readonly game: Game;
  /** All that was proposed, applied or not. */
  readonly log: readonly Transaction[];
  /** Decides the command and proposes what comes of it. */
  submit(command: Command): Verdict;
  /** Applies up to that many outstanding proposals; all of them if not told. */
  apply(count?: number): void;
}

/** `epoch` 1 is established at once; commands are made one millisecond apart. */
export function createTable(game: Game = createGame(), rejectionsPerGeneration?: number): Table {
  const decider = createDecider(game, rejectionsPerGeneration);
  const log: Transaction[] = [];
  let applied = 0;
  const epoch = Number(game.zxid >> 32n) + 1;

  function propose(transaction: Omit<Transaction, "zxid" | "prev" | "time">): void {
    const zxid = zxidOf(epoch, log.length);
    const prev = log.at(-1)?.zxid ?? game.zxid;
    const proposal = { zxid, prev, time: decider.time(1_763_000_000_000 + log.length) };
    log.push({ ...proposal, ...transaction });
    decider.proposed({ ...proposal, ...transaction });
  }

  function apply(count = Number.POSITIVE_INFINITY): void {
    for (const transaction of log.slice(applied, applied + count)) {
      applyTransaction(game, transaction);
      decider.settled(transaction.zxid);
      applied += 1;
    }
  }

  propose({ requestId: "", events: [{ type: "LeaderEstablished", epoch, nodeId: "node1" }] });
  apply();
  return {
    game,
    log,
    submit(command) {
      const verdict = decider.decide(command);
      if (verdict.kind === "events") {
        propose({ requestId: command.requestId, events: verdict.events });
      }
      return verdict;
    },
    apply,
  };
}

/** Few names, values and ids, so that commands meet; most with an id that may come again. */
export const anyCommand: fc.Arbitrary<Command> = fc
  .record({
    type: fc.constantFrom<Command["type"][]>(
      "SubmitGuess",
      "SubmitGuess",
      "SetTarget",
      "CloseRound",
    ),
    room: fc.constantFrom("lobby", "lobby", "attic", "__proto__"),
    player: fc.constantFrom("alice", "bob", "eve", "Ünal"),
    value: fc.nat({ max: 100 }),
    requestId: fc.oneof(fc.constant(""), fc.nat({ max: 40 }).map(String)),
  })
  .map(({ type, value, ...rest }) =>
    type === "CloseRound" ? { type, ...rest } : { type, value, ...rest },
  );

/** A command, or a number of outstanding proposals to apply. */
export const anyStep: fc.Arbitrary<Command | number> = fc.oneof(
  { weight: 4, arbitrary: anyCommand },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
);
