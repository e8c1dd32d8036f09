/**
 * Every command on this node, from arrival to answer. A follower passes commands on and answers its
 * own clients when the transaction with their request id is applied here; the leader decides them
 * against the committed game and its own outstanding proposals. Nothing here is durable: what is
 * lost with the process was never confirmed.
 *
 * The rule of the answers: a zxid only when applied here; a rejection only when everything it was
 * decided on is, and a quorum has confirmed since that this node led then (a no is a read, and a
 * deposed leader's would be stale); "unknown" whenever it may have been proposed.
 */

import type { ClusterRefusal, Refusal } from "../api/refusal.js";
import type { Outcome } from "../api/replica.js";
import type { ClusterConfig } from "../config/cluster-config.js";
import type { Command } from "../game/command.js";
import { createDecider, type Decider } from "../game/decider.js";
import { type Game, outcomeRound } from "../game/game.js";
import { encodeTransaction, type Transaction } from "../game/transaction.js";
import type { Clock } from "./clock.js";
import { commandFromText, commandToText } from "./command-text.js";
import type { ForwardedCommand, ForwardOutcome } from "./rpc/peer-message.js";
import { chainCrc } from "./store/chain.js";
import { counterLeft } from "./zab/broadcast.js";
import type { Core } from "./zab/core.js";
import type { Entry, NodeId } from "./zab/entry.js";
import { lastCrc, lastZxid } from "./zab/log.js";

/** Batches on their way to this node's disk at which the leader stops proposing. */
const BATCHES_IN_DISK_MAX = 64;

interface Waiter {
  readonly requestId: string;
  readonly deadlineAtMs: number;
  readonly reply: (outcome: Outcome) => void;
}

/** Where a command came from: a client of this node, or a follower. */
interface Arrival {
  readonly command: Command;
  readonly from: NodeId | undefined;
}

/** An answer that must not be given before this node has applied `zxid`. */
interface Pending {
  readonly zxid: bigint;
  readonly answer: () => void;
}

/** An entry that this node made, with what it was made from: applying it needs no parsing. */
interface DecidedEntry extends Entry {
  readonly transaction: Transaction;
}

export interface CommandDeskOptions {
  readonly core: Core;
  readonly config: ClusterConfig;
  readonly clock: Clock;
  readonly game: () => Game;
  readonly forward: (leader: NodeId, epoch: number, commands: readonly ForwardedCommand[]) => void;
  readonly replyTo: (
    peer: NodeId,
    epoch: number,
    requestId: string,
    outcome: ForwardOutcome,
  ) => void;
  /** A quorum round that begins now: whether this node still leads. */
  readonly confirm: (then: (leads: boolean) => void) => void;
  readonly wake: () => void;
}

export interface CommandDesk {
  submit(command: Command, deadlineMs: number, reply: (outcome: Outcome) => void): void;
  onForward(from: NodeId, epoch: number, commands: readonly ForwardedCommand[]): void;
  onForwardReply(from: NodeId, epoch: number, requestId: string, outcome: ForwardOutcome): void;
  /** The next proposal frame's entries; empty if there is nothing, or too much under way. */
  takeProposals(): Entry[];
  /** The transaction that an entry was made from, if this node made it. */
  decided(entry: Entry): Transaction | undefined;
  flushForwards(): void;
  applied(transactions: readonly Transaction[]): void;
  /** The role, leader or phase is another: a decider lives exactly as long as a leadership. */
  noticeRole(): void;
  /** The relation to the leader, or the leadership, is over. */
  leave(): void;
  expire(): void;
  wantsTurn(): boolean;
  /** Commands of this node's clients that are not answered yet. */
  outstanding(): number;
  close(): void;
}

export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { core, config, clock, game, forward, replyTo, confirm, wake } = options;
  const { outstandingMax, framesInFlight } = config.limits;
  const waiters = new Map<string, Waiter[]>();
  let waiting = 0;
  let inbox: Arrival[] = [];
  let forwards: ForwardedCommand[] = [];
  let pending: Pending[] = [];
  let decider: Decider | undefined;
  let closed = false;

  function answer(requestId: string, outcome: Outcome): void {
    const list = waiters.get(requestId);
    if (list === undefined) return;
    waiters.delete(requestId);
    waiting -= list.length;
    for (const waiter of list) waiter.reply(outcome);
  }

  function whenApplied(zxid: bigint, then: () => void): void {
    if (game().zxid >= zxid) then();
    else pending.push({ zxid, answer: then });
  }

  function refuseLater(reply: (outcome: Outcome) => void, refusal: Refusal): void {
    clock.next(() => reply({ ok: false, refusal }));
  }

  /** The epoch that this node leads or follows in; 0 in none. */
  function epochNow(): number {
    return core.role.kind === "LOOKING" ? 0 : core.role.epoch;
  }

  function leads(): boolean {
    return core.role.kind === "LEADING" && core.role.phase === "BROADCAST";
  }

  function leaderId(): NodeId | undefined {
    const { role } = core;
    return role.kind === "FOLLOWING" && role.phase === "BROADCAST" ? role.leader : undefined;
  }

  function submit(command: Command, deadlineMs: number, reply: (outcome: Outcome) => void): void {
    if (closed) {
      const message = "This node is shutting down; try another.";
      refuseLater(reply, { reason: "SHUTTING_DOWN", message, retryAfterMs: 50 });
      return;
    }
    const { requestId } = command;
    const happened = game().requests.find(requestId);
    if (happened !== undefined) {
      clock.next(() => reply({ ok: true, ...happened }));
      return;
    }
    if (waiting >= outstandingMax || inbox.length >= outstandingMax * 2) {
      refuseLater(reply, overloaded(outstandingMax));
      return;
    }
    const leader = leaderId();
    if (!leads() && leader === undefined) {
      refuseLater(reply, noLeader());
      return;
    }
    const waiter = { requestId, deadlineAtMs: clock.nowMs() + deadlineMs, reply };
    const list = waiters.get(requestId);
    waiting++;
    if (list !== undefined) {
      // The same command is under way from here already: it has one outcome for both.
      list.push(waiter);
      return;
    }
    waiters.set(requestId, [waiter]);
    if (leader === undefined) inbox.push({ command, from: undefined });
    else forwards.push({ requestId, text: commandToText(command) });
    wake();
  }

  /**
   * A command that was sent to the leader of another epoch is refused: its sender has called its
   * outcome unknown by then, and a refusal given since must stay true.
   */
  function onForward(from: NodeId, epoch: number, commands: readonly ForwardedCommand[]): void {
    const { role } = core;
    // One that was dropped for its silence may have slept so long that its client, and this node's
    // memory of request ids, have gone on without it.
    const isMember = role.kind === "LEADING" && role.learners.get(from)?.upToDate === true;
    const decides = leads() && isMember && role.epoch === epoch;
    for (const { requestId, text } of commands) {
      const command = commandFromText(text, requestId);
      if (command === undefined) {
        const message = "The leader could not read the forwarded command.";
        const refusal = { reason: "BAD_REQUEST", message } as const;
        replyTo(from, epoch, requestId, { kind: "refused", refusal });
      } else if (!decides) {
        replyTo(from, epoch, requestId, { kind: "refused", refusal: noLeader() });
      } else if (inbox.length >= outstandingMax * 2) {
        const refusal = overloaded(outstandingMax * 2);
        replyTo(from, epoch, requestId, { kind: "refused", refusal });
      } else {
        inbox.push({ command, from });
      }
    }
  }

  /** Only of the leader that is followed now: another's word is about an attempt that is over. */
  function onForwardReply(
    from: NodeId,
    epoch: number,
    requestId: string,
    outcome: ForwardOutcome,
  ): void {
    const { role } = core;
    if (role.kind !== "FOLLOWING" || role.leader !== from || role.epoch !== epoch) return;
    if (outcome.kind === "refused") answer(requestId, { ok: false, refusal: outcome.refusal });
    else {
      const { zxid, round } = outcome;
      whenApplied(zxid, () => answer(requestId, { ok: true, zxid, round }));
    }
  }

  function mayPropose(): boolean {
    const { role } = core;
    if (role.kind !== "LEADING" || role.phase !== "BROADCAST") return false;
    // Others may commit without this node's disk, but it must not fall behind without bound.
    const diskKeepsUp = core.inDisk.length < BATCHES_IN_DISK_MAX;
    return diskKeepsUp && role.frames.length < framesInFlight && counterLeft(core) > 0;
  }

  function takeProposals(): Entry[] {
    if (inbox.length === 0 || decider === undefined || !mayPropose()) return [];
    const arrivals = inbox;
    const room = counterLeft(core);
    inbox = [];
    const entries: DecidedEntry[] = [];
    let prev = lastZxid(core.log);
    let crc = lastCrc(core.log);
    for (const [index, arrival] of arrivals.entries()) {
      if (entries.length >= room) {
        inbox = arrivals.slice(index);
        break;
      }
      const verdict = decider.decide(arrival.command);
      if (verdict.kind === "repeat") {
        repeat(arrival, verdict.zxid, verdict.round);
        continue;
      }
      if (verdict.kind === "rejection") {
        reject(arrival, verdict.rejection, verdict.decidedAt);
        continue;
      }
      const transaction: Transaction = {
        zxid: prev + 1n,
        prev,
        time: decider.time(clock.wallMs()),
        requestId: arrival.command.requestId,
        events: verdict.events,
      };
      decider.proposed(transaction);
      const text = encodeTransaction(transaction);
      crc = chainCrc(text, crc);
      prev = transaction.zxid;
      entries.push({ zxid: prev, text, crc, transaction });
    }
    return entries;
  }

  /** It is decided already: its own commit answers it, and if that has been, this does. */
  function repeat({ command, from }: Arrival, zxid: bigint, round: number): void {
    const { requestId } = command;
    whenApplied(zxid, () => {
      if (from === undefined) answer(requestId, { ok: true, zxid, round });
      else replyTo(from, epochNow(), requestId, { kind: "done", zxid, round });
    });
  }

  function reject({ command, from }: Arrival, refusal: Refusal, decidedAt: bigint): void {
    const { requestId } = command;
    const epoch = epochNow();
    const tell = (no: Refusal): void => {
      if (from === undefined) answer(requestId, { ok: false, refusal: no });
      else replyTo(from, epoch, requestId, { kind: "refused", refusal: no });
    };
    confirm((leads) => {
      if (leads) whenApplied(decidedAt, () => tell(refusal));
      else tell(noLeader());
    });
  }

  function applied(transactions: readonly Transaction[]): void {
    const { zxid } = game();
    for (const { requestId, zxid: at, events } of transactions) {
      if (requestId !== "" && waiters.has(requestId)) {
        answer(requestId, { ok: true, zxid: at, round: outcomeRound(events) });
      }
    }
    decider?.settled(zxid);
    if (pending.length === 0) return;
    const due = pending.filter((one) => one.zxid <= zxid);
    if (due.length === 0) return;
    pending = pending.filter((one) => one.zxid > zxid);
    for (const one of due) one.answer();
  }

  function leave(): void {
    decider = undefined;
    pending = [];
    // What was never handed on certainly did not happen; the rest may have.
    const unsent = new Set(forwards.map((one) => one.requestId));
    for (const { command, from } of inbox) if (from === undefined) unsent.add(command.requestId);
    inbox = [];
    forwards = [];
    for (const requestId of [...waiters.keys()]) {
      const refusal = unsent.has(requestId) ? noLeader() : leaderLost();
      answer(requestId, { ok: false, refusal });
    }
  }

  function expire(): void {
    if (waiting === 0) return;
    const now = clock.nowMs();
    for (const [requestId, list] of waiters) {
      if (list.every((waiter) => waiter.deadlineAtMs > now)) continue;
      const kept = list.filter((waiter) => waiter.deadlineAtMs > now);
      if (kept.length === 0) waiters.delete(requestId);
      else waiters.set(requestId, kept);
      waiting -= list.length - kept.length;
      for (const waiter of list) {
        if (!kept.includes(waiter)) waiter.reply({ ok: false, refusal: deadlinePassed() });
      }
    }
  }

  return {
    submit,
    onForward,
    onForwardReply,
    takeProposals,
    decided: (entry) => (isDecided(entry) ? entry.transaction : undefined),
    flushForwards() {
      const { role } = core;
      if (forwards.length === 0 || role.kind !== "FOLLOWING") return;
      forward(role.leader, role.epoch, forwards);
      forwards = [];
    },
    applied,
    noticeRole() {
      if (leads()) decider ??= createDecider(game());
      else decider = undefined;
    },
    leave,
    expire,
    wantsTurn: () => inbox.length > 0 && mayPropose(),
    outstanding: () => waiting + inbox.length,
    close() {
      closed = true;
      leave();
    },
  };
}

function isDecided(entry: Entry): entry is DecidedEntry {
  return "transaction" in entry;
}

function noLeader(): ClusterRefusal {
  const message = "There is no leader with a quorum right now; nothing happened. Try again.";
  return { reason: "NO_LEADER", message, retryAfterMs: 50 };
}

function leaderLost(): ClusterRefusal {
  const message =
    "The leader was lost while this was pending; it may or may not have happened. " +
    "Repeat it with the same request_id: it will then happen once.";
  return { reason: "LEADER_LOST", message, retryAfterMs: 50, outcomeUnknown: true };
}

function deadlinePassed(): ClusterRefusal {
  const message =
    "The deadline passed while this was pending; it may or may not have happened. " +
    "Repeat it with the same request_id: it will then happen once.";
  return { reason: "DEADLINE", message, outcomeUnknown: true };
}

function overloaded(max: number): ClusterRefusal {
  const message = `There are ${max} commands waiting on this node already; nothing happened.`;
  return { reason: "OVERLOADED", message, retryAfterMs: 50 };
}
