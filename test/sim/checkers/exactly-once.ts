/**
 * ExactlyOnce (X11): a request id changes the state at most once, as the rules decide the command
 * on the state just before it; who is told yes is told of that one effect, and who is told no by
 * the rules could have been, at some moment between asking and answer.
 */
import type { Command } from "../../../game/command.js";
import { decide } from "../../../game/decide.js";
import { outcomeRound } from "../../../game/game.js";
import type { Transaction } from "../../../game/transaction.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { sameEvents } from "./same-state.js";

/** The rules' own noes about a state; every other refusal says nothing about the game. */
export const STATE_REASONS: ReadonlySet<string> = new Set([
  "NO_SUCH_ROOM",
  "NO_OPEN_ROUND",
  "NO_GUESS",
]);

interface Asked {
  readonly command: Command;
  /** How much was committed when it was first sent. */
  readonly since: number;
}

export function exactlyOnce({ committed, replay }: CheckContext): Checker {
  const asked = new Map<string, Asked>();
  const done = new Map<string, Transaction>();

  function checkEffect(command: Command, transaction: Transaction, index: number): void {
    const decision = decide(command, replay.roomAt(index - 1, command.room));
    if (decision.ok && sameEvents(decision.events, transaction.events)) return;
    fail(`${command.requestId} at ${formatZxid(transaction.zxid)} is not what the rules decide`);
  }

  /** The newest states first: a no rests on what was committed just before it was said. */
  function couldBeRefused({ command, since }: Asked, reason: string): boolean {
    for (let length = committed.entries.length; length >= since; length--) {
      const decision = decide(command, replay.roomAt(length - 1, command.room));
      if (!decision.ok && decision.rejection.reason === reason) return true;
    }
    return false;
  }

  return {
    onAsked(_node, command) {
      if (asked.has(command.requestId)) return;
      asked.set(command.requestId, { command, since: committed.entries.length });
    },
    onCommitted(_node, { zxid }, index) {
      const transaction = committed.transactionAt(index);
      if (transaction === undefined || transaction.requestId === "") return;
      const { requestId } = transaction;
      const first = done.get(requestId);
      if (first !== undefined) {
        fail(`${requestId} happens at ${formatZxid(first.zxid)} and at ${formatZxid(zxid)}`);
      }
      done.set(requestId, transaction);
      const command = asked.get(requestId)?.command;
      if (command === undefined) fail(`${requestId} happens, and nobody asked for it`);
      checkEffect(command, transaction, index);
    },
    onAnswer(node, { requestId }, outcome) {
      if (outcome.ok) {
        const { zxid, round } = outcome;
        const is = done.get(requestId);
        if (is?.zxid === zxid && outcomeRound(is.events) === round) return;
        fail(`${node.id} answers ${requestId} with ${formatZxid(zxid)}, round ${round}`);
      }
      const { reason } = outcome.refusal;
      const question = asked.get(requestId);
      if (!STATE_REASONS.has(reason) || question === undefined) return;
      if (!couldBeRefused(question, reason)) {
        fail(`${node.id} refuses ${requestId} with ${reason}, which was never so`);
      }
    },
  };
}

function fail(what: string): never {
  throw new Violation("ExactlyOnce", what);
}
