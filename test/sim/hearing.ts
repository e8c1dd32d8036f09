/**
 * How checkers hear of what happens in a simulated cluster: the one place that listens to its
 * disks, links, processes and clients, notes it in the ledger, and asks each checker that cares.
 */
import { type Core, maxZxid, phaseOf } from "../../nodes/zab/core.js";
import type { Entry } from "../../nodes/zab/entry.js";
import { indexAfter } from "../../nodes/zab/log.js";
import type { Zxid } from "../../nodes/zab/zxid.js";
import type { CheckContext, Checker } from "./checkers/checker.js";
import { createLedger, type Standing } from "./checkers/ledger.js";
import { createReplay } from "./checkers/replay.js";
import type { CommittedLog } from "./committed-log.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";

export interface Judges {
  /** After every event, for each node that it touched. */
  afterEvent(node: SimNode): void;
  atEnd(): void;
}

export function createContext(cluster: SimCluster, committed: CommittedLog): CheckContext {
  const ledger = createLedger(committed);
  return { cluster, committed, ledger, replay: createReplay(committed, cluster.newGame()) };
}

/** From here on the checkers hear of all that the cluster does; they throw the first Violation. */
export function startHearing(context: CheckContext, checkers: readonly Checker[]): Judges {
  const { cluster, committed, ledger } = context;
  let newestShown: Zxid = 0n;
  let attempts = 0;
  const seen = new Map<string, Core["out"]>();
  const byId = new Map(cluster.nodes.map((node) => [node.id, node]));

  /** The checkers that listen to this. */
  function those<Hook extends keyof Checker>(hook: Hook): NonNullable<Checker[Hook]>[] {
    return checkers.flatMap((checker) => checker[hook] ?? []);
  }
  const onStart = those("onStart");
  const onCrash = those("onCrash");
  const onLoss = those("onLoss");
  const onWrite = those("onWrite");
  const onDurable = those("onDurable");
  const onSnapshot = those("onSnapshot");
  const onSend = those("onSend");
  const onRole = those("onRole");
  const onCommitted = those("onCommitted");
  const onApplied = those("onApplied");
  const onInstalled = those("onInstalled");
  const onAsked = those("onAsked");
  const onAnswer = those("onAnswer");
  const onReadAnswer = those("onReadAnswer");
  const afterEvent = those("afterEvent");
  const atEnd = those("atEnd");

  /** What the node has become, and what it has come to know, since it was looked at last. */
  function look(node: SimNode): void {
    const core = node.running?.node.core;
    if (core === undefined) return;
    const record = ledger.of(node);
    const { role } = core;
    const epoch = role.kind === "LOOKING" ? 0 : role.epoch;
    const { now } = record;
    const changed =
      now.role !== role.kind ||
      now.phase !== phaseOf(core) ||
      now.epoch !== epoch ||
      now.attempt !== core.attempt;
    if (changed) {
      ledger.onRole(node, standingOf(core, epoch));
      for (const hear of onRole) hear(node, record);
    }
    if (core.commit !== record.commit && core.installing === undefined) learn(node, core);
  }

  function learn(node: SimNode, core: Core): void {
    const record = ledger.of(node);
    const fresh = between(node, core, record.commit);
    record.commit = core.commit;
    const before = committed.entries.length;
    committed.confirm(fresh, node.id);
    for (let index = before; index < committed.entries.length; index++) {
      const entry = committed.entries[index];
      if (entry !== undefined) for (const hear of onCommitted) hear(node, entry, index);
    }
  }

  cluster.network.onSend = (from, to, messages) => {
    const node = byId.get(from);
    // One that has its log repaired takes no part yet.
    if (node === undefined || node.repairing !== undefined) return;
    look(node);
    for (const hear of onSend) hear(node, to, messages);
  };
  cluster.onWrite = (node, ops, batch) => {
    look(node);
    for (const hear of onWrite) hear(node, ops, batch);
    ledger.onWrite(node, ops);
  };
  cluster.onDurable = (node, batch) => {
    for (const hear of onDurable) hear(node, batch);
    ledger.onPlatter(node);
  };
  cluster.onSnapshot = (node, snapshot) => {
    for (const hear of onSnapshot) hear(node, snapshot);
  };
  cluster.onCrash = (node) => {
    for (const hear of onCrash) hear(node);
    ledger.onPlatter(node);
  };
  cluster.onLoss = (node) => {
    for (const hear of onLoss) hear(node);
    ledger.onLoss(node);
  };
  cluster.onStart = (node) => {
    for (const hear of onStart) hear(node);
    ledger.onStart(node);
    const replica = node.running?.node;
    if (replica === undefined) return;
    const { submit, readIndex } = replica;
    replica.submit = (command, deadlineMs, reply) => {
      look(node);
      attempts++;
      const attempt = attempts;
      for (const hear of onAsked) hear(node, command, attempt);
      submit(command, deadlineMs, (outcome) => {
        look(node);
        for (const hear of onAnswer) hear(node, command, outcome, attempt);
        reply(outcome);
      });
    };
    replica.readIndex = (deadlineMs, reply) => {
      look(node);
      const { served: before, now } = ledger.of(node);
      const asked = newestShown;
      readIndex(deadlineMs, (outcome) => {
        look(node);
        const served = now.phase === "BROADCAST" || ledger.of(node).served > before;
        for (const hear of onReadAnswer) hear(node, outcome, { newestShown: asked, served });
        if (outcome.ok) newestShown = maxZxid(newestShown, replica.game().zxid);
        reply(outcome);
      });
    };
    replica.subscribe({
      onApplied: (transactions) => {
        look(node);
        for (const hear of onApplied) hear(node, transactions);
      },
      onReset: () => {
        look(node);
        for (const hear of onInstalled) hear(node);
      },
      onStatus: () => look(node),
    });
  };

  return {
    afterEvent(node) {
      // Each step gives a core a new list of outputs: without one there is nothing new to see.
      const steps = node.running?.node.core.out;
      if (steps === undefined || seen.get(node.id) === steps) return;
      seen.set(node.id, steps);
      look(node);
      for (const hear of afterEvent) hear(node);
      const record = ledger.of(node);
      if (record.recent.length > 1) record.recent = [record.now];
    },
    atEnd() {
      for (const hear of atEnd) hear();
    },
  };
}

function standingOf(core: Core, epoch: number): Standing {
  const { role, attempt } = core;
  const leader =
    role.kind === "LEADING" ? core.config.self : role.kind === "FOLLOWING" ? role.leader : "";
  return { role: role.kind, phase: phaseOf(core), epoch, leader, attempt };
}

/** What the node took for committed since `known`: memory may have trimmed it, then disk has it. */
function between(node: SimNode, core: Core, known: Zxid): Entry[] {
  const onDisk: Entry[] = [];
  for (let i = node.platter.entries.length - 1; i >= 0; i--) {
    const entry = node.platter.entries[i];
    if (entry === undefined || entry.zxid <= known) break;
    if (entry.zxid <= core.log.base && entry.zxid <= core.commit) onDisk.unshift(entry);
  }
  const from = indexAfter(core.log, known);
  return [...onDisk, ...core.log.entries.slice(from, indexAfter(core.log, core.commit))];
}
