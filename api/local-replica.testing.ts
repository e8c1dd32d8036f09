/**
 * A cluster of one in memory, for tests of the services: the real rules and the real state, a log
 * that is an array, and commits that a test may hold back. Nothing but tests may import it.
 */
import { create } from "@bufbuild/protobuf";
import type { Command } from "../game/command.js";
import { createDecider, type Decider } from "../game/decider.js";
import { applyTransaction, createGame, type Game } from "../game/game.js";
import type { Transaction } from "../game/transaction.js";
import { zxidOf } from "../game/zxid.js";
import {
  ClusterNodeSchema,
  type NodeStatus,
  NodeStatusSchema,
  Phase,
  Role,
  type TraceEvent,
} from "../gen/zabble/v1/cluster_pb.js";
import { deadlineRefusal } from "./errors.js";
import type { ClusterRefusal } from "./refusal.js";
import type { LinkFault, Outcome, ReadOutcome, Replica, ReplicaListener } from "./replica.js";

export interface LocalReplica extends Replica {
  /** Nothing is committed, and no read confirmed, until release. */
  hold(): void;
  release(): void;
  /** Decides and commits a command at once. Throws if the rules refuse it. */
  commit(...commands: readonly Command[]): readonly Transaction[];
  /** The same, but listeners hear only that the state was replaced. */
  resetWith(...commands: readonly Command[]): void;
  /** A new epoch begins: its marker is committed. */
  establish(): void;
  /** Without a leader commands and reads are refused. */
  setPhase(phase: Phase): void;
  /** Commands submitted so far, refused ones too. */
  submitted(): number;
  listeners(): number;
  /** How often the state was looked at. */
  reads(): number;
  tracers(): number;
  emitTrace(event: TraceEvent): void;
  /** As if so many trace events had been lost before they came here. */
  missTrace(count: bigint): void;
  close(): void;
  /** What AdminService asked for, in order, e.g. "stop" or "pause 500". */
  readonly asked: readonly string[];
  /** Called by stop. */
  onStop: () => void;
}

export interface LocalReplicaOptions {
  readonly admin?: boolean;
  /** Newest transactions that `recent` reaches; all by default. */
  readonly tailMax?: number;
}

interface Waiting {
  readonly zxid: bigint;
  readonly round: number;
  readonly reply: (outcome: Outcome) => void;
}

const NO_LEADER: ClusterRefusal = { reason: "NO_LEADER", message: "No leader is established." };

export function createLocalReplica(options: LocalReplicaOptions = {}): LocalReplica {
  const nodeId = "node1";
  const game: Game = createGame();
  const log: Transaction[] = [];
  const listeners = new Set<ReplicaListener>();
  const tracers = new Map<(event: TraceEvent) => void, (count: bigint) => void>();
  const asked: string[] = [];
  let decider: Decider = createDecider(game);
  let phase = Phase.BROADCAST;
  let epoch = 0;
  let counter = 0;
  let submittedCount = 0;
  let readCount = 0;
  let held = false;
  let scheduled = false;
  let proposed: Transaction[] = [];
  let waiting: Waiting[] = [];
  let jobs: (() => void)[] = [];

  function propose(events: Transaction["events"], requestId: string): Transaction {
    const prev = proposed.at(-1)?.zxid ?? game.zxid;
    counter += 1;
    const time = decider.time(Date.now());
    const transaction = { zxid: zxidOf(epoch, counter), prev, time, requestId, events };
    decider.proposed(transaction);
    proposed.push(transaction);
    return transaction;
  }

  function apply(): readonly Transaction[] {
    const transactions = proposed;
    proposed = [];
    for (const transaction of transactions) {
      applyTransaction(game, transaction);
      log.push(transaction);
    }
    decider.settled(game.zxid);
    return transactions;
  }

  function settle(): void {
    scheduled = false;
    if (held) return;
    const transactions = apply();
    if (transactions.length > 0)
      for (const listener of listeners) listener.onApplied?.(transactions);
    const answered = waiting;
    const done = jobs;
    waiting = [];
    jobs = [];
    for (const { zxid, round, reply } of answered) reply({ ok: true, zxid, round });
    for (const job of done) job();
  }

  function schedule(): void {
    if (scheduled || held) return;
    scheduled = true;
    setImmediate(settle);
  }

  function status(): NodeStatus {
    const leads = phase === Phase.BROADCAST;
    return create(NodeStatusSchema, {
      nodeId,
      role: leads ? Role.LEADING : Role.LOOKING,
      phase,
      leaderId: leads ? nodeId : "",
      epoch,
      commitZxid: game.zxid,
      appliedZxid: game.zxid,
      admin: options.admin === true,
    });
  }

  function decideNow(commands: readonly Command[]): void {
    for (const command of commands) {
      const verdict = decider.decide(command);
      if (verdict.kind !== "events") throw new Error(`not committed: ${verdict.kind}`);
      propose(verdict.events, command.requestId);
    }
  }

  /** Under hold only time can answer; otherwise the next turn does, and no timer is needed. */
  function withDeadline(deadlineMs: number, onDeadline: () => void): () => void {
    if (!held) return () => {};
    const timer = setTimeout(onDeadline, deadlineMs);
    return () => clearTimeout(timer);
  }

  function enqueue(entry: Waiting, deadlineMs: number, requestId: string): void {
    const cancel = withDeadline(deadlineMs, () => {
      waiting = waiting.filter((other) => other !== timed);
      entry.reply({ ok: false, refusal: deadlineRefusal(requestId) });
    });
    const timed: Waiting = {
      ...entry,
      reply(outcome) {
        cancel();
        entry.reply(outcome);
      },
    };
    waiting.push(timed);
    schedule();
  }

  const replica: LocalReplica = {
    nodeId,
    admin: options.admin === true,
    asked,
    onStop() {},
    submit(command, deadlineMs, reply) {
      submittedCount += 1;
      if (phase !== Phase.BROADCAST) {
        setImmediate(() => reply({ ok: false, refusal: NO_LEADER }));
        return;
      }
      const verdict = decider.decide(command);
      if (verdict.kind === "rejection") {
        jobs.push(() => reply({ ok: false, refusal: verdict.rejection }));
        schedule();
        return;
      }
      if (verdict.kind === "repeat") {
        enqueue({ zxid: verdict.zxid, round: verdict.round, reply }, deadlineMs, command.requestId);
        return;
      }
      const { zxid, events } = propose(verdict.events, command.requestId);
      const last = events.at(-1);
      const round = last === undefined || last.type === "LeaderEstablished" ? 0 : last.round;
      enqueue({ zxid, round, reply }, deadlineMs, command.requestId);
    },
    readIndex(deadlineMs, reply: (outcome: ReadOutcome) => void) {
      if (phase !== Phase.BROADCAST) {
        setImmediate(() => reply({ ok: false, refusal: NO_LEADER }));
        return;
      }
      const job = (): void => {
        cancel();
        reply({ ok: true, zxid: game.zxid });
      };
      const cancel = withDeadline(deadlineMs, () => {
        jobs = jobs.filter((other) => other !== job);
        reply({ ok: false, refusal: { reason: "DEADLINE", message: "The read took too long." } });
      });
      jobs.push(job);
      schedule();
    },
    game() {
      readCount += 1;
      return game;
    },
    status,
    cluster: () => [
      create(ClusterNodeSchema, {
        nodeId,
        address: "127.0.0.1:0",
        alive: true,
        status: status(),
      }),
    ],
    quorum: () => 1,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recent(after, limit) {
      const tail = log.slice(-(options.tailMax ?? log.length));
      const reachesTo = tail[0]?.prev ?? game.zxid;
      if (after < reachesTo) return undefined;
      return tail.filter(({ zxid }) => zxid > after).slice(0, limit);
    },
    async history(after, limit) {
      const transactions = log.filter(({ zxid }) => zxid > after).slice(0, limit);
      return { transactions, oldest: log[0]?.zxid ?? 0n };
    },
    trace(listener, onMissed = () => {}) {
      tracers.set(listener, onMissed);
      return () => tracers.delete(listener);
    },
    stop() {
      asked.push("stop");
      replica.onStop();
    },
    pause: (durationMs) => void asked.push(`pause ${durationMs}`),
    setLink(peerId: string, { cutOut, cutIn, delayMs }: LinkFault) {
      if (peerId !== "node2") return false;
      asked.push(`link ${peerId} out=${cutOut} in=${cutIn} delay=${delayMs}`);
      return true;
    },
    stepDown() {
      asked.push("step down");
      return phase === Phase.BROADCAST;
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      schedule();
    },
    commit(...commands) {
      decideNow(commands);
      const transactions = apply();
      for (const listener of listeners) listener.onApplied?.(transactions);
      return transactions;
    },
    resetWith(...commands) {
      decideNow(commands);
      apply();
      for (const listener of listeners) listener.onReset?.();
    },
    establish() {
      epoch += 1;
      counter = -1;
      decider = createDecider(game);
      propose([{ type: "LeaderEstablished", epoch, nodeId }], "");
      const transactions = apply();
      for (const listener of listeners) listener.onApplied?.(transactions);
    },
    setPhase(next) {
      phase = next;
      for (const listener of listeners) listener.onStatus?.(status());
    },
    submitted: () => submittedCount,
    listeners: () => listeners.size,
    reads: () => readCount,
    tracers: () => tracers.size,
    emitTrace(event) {
      for (const tracer of tracers.keys()) tracer(event);
    },
    missTrace(count) {
      for (const onMissed of tracers.values()) onMissed(count);
    },
    close() {
      for (const listener of listeners) listener.onClose?.();
    },
  };
  replica.establish();
  return replica;
}
