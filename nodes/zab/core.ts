/**
 * The state of one node's core, and the few things that every phase does with it: emit, write,
 * change role. A core knows no clock, disk, socket or game; step.ts is its only door. Everything
 * that may change a role is here, so that no phase can leave another in halves.
 */
import type { Entry, NodeId, SnapshotData, WriteOp } from "./entry.js";
import type { CoreTrace, Output } from "./io.js";
import { createLog, indexAfter, type Log, lastZxid, trimLog } from "./log.js";
import type { Message, MessageOf, Phase, Vote } from "./message.js";
import { epochOf, formatZxid, type Zxid } from "./zxid.js";

export interface CoreConfig {
  readonly self: NodeId;
  /** All voters, lowest rank first; the rank decides between otherwise equal votes. */
  readonly voters: readonly NodeId[];
  /** More than half of the voters. */
  readonly quorum: number;
  /** For discovery, and for a leader to be established. */
  readonly initLimitTicks: number;
  /** Without a word from the leader, or an echo from a quorum, a role is given up. */
  readonly syncLimitTicks: number;
  readonly heartbeatTicks: number;
  /** How long a decided election waits for a better vote while a linked voter is silent. */
  readonly electionWaitTicks: number;
  /** Newest entries kept in memory; whoever is further behind gets a snapshot. */
  readonly logTailEntries: number;
  /** Entries sent to one learner and not yet acked; beyond that its stream waits. */
  readonly windowEntries: number;
  /** The last counter of an epoch; reaching it makes the leader step down (32-bit roll-over). */
  readonly counterMax: number;
}

/** What a core starts from: all of it durable. */
export interface CoreStart {
  readonly acceptedEpoch: number;
  readonly promisedTo: NodeId;
  readonly initialized: boolean;
  /** Its log was lost to damage: an empty log here does not say that there never was another. */
  readonly distrusted: boolean;
  readonly base: { readonly zxid: Zxid; readonly crc: number };
  readonly baseEpochEnds: readonly Zxid[];
  readonly entries: readonly Entry[];
  /** The state that the application holds already. */
  readonly snapshotZxid: Zxid;
  readonly commitHint: Zxid;
}

export interface Looking {
  readonly kind: "LOOKING";
  /** Whether the others were told; step.ts does it at the end of the input that led here. */
  announced: boolean;
  vote: Vote;
  /** Votes of this round, by sender. */
  readonly recv: Map<NodeId, Vote>;
  /** What nodes that are not looking say, by sender. */
  readonly outside: Map<NodeId, MessageOf<"notify">>;
  /** The tick at which a quorum's agreement becomes a decision. */
  decideAtTick: number | undefined;
  resendAtTick: number;
  resendEveryTicks: number;
  /** The leader just given up for silent: nobody waits for its vote. */
  readonly suspect: NodeId | undefined;
  /** cepochs of voters that decided before this node did. */
  readonly early: Map<NodeId, MessageOf<"cepoch">>;
}

export interface Following {
  readonly kind: "FOLLOWING";
  phase: "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";
  readonly leader: NodeId;
  readonly attempt: number;
  vote: Vote;
  readonly sinceTick: number;
  heardAtTick: number;
  /** When synchronization last came on: pings alone are no progress. */
  progressAtTick: number;
  epoch: number;
  /** True once the leader's sync was taken: entries may follow. */
  streaming: boolean;
  snap: { readonly sync: MessageOf<"sync">; readonly chunks: string[] } | undefined;
  acked: Zxid;
  readonly reads: Set<number>;
}

export interface Learner {
  readonly attempt: number;
  stage: "CEPOCH" | "NEWEPOCH" | "ACKED" | "SNAP_WAIT" | "STREAM";
  readonly acceptedEpoch: number;
  /** Whether its acks and echoes count: not until it was admitted, if its directory was empty. */
  readonly counts: boolean;
  /** What it must have acked to be admitted; undefined until a quorum has confirmed the leader. */
  admitAt: Zxid | undefined;
  report: MessageOf<"ackEpoch"> | undefined;
  /** The last entry sent, and the last it said to have on disk (any epoch's): its window. */
  sent: Zxid;
  acked: Zxid;
  /** "Durable there and equal to ours up to here"; 0n until it acked. */
  match: Zxid;
  upToDate: boolean;
  /** The newest ping that it echoed, and the tick at which that ping left. */
  echoN: number;
  freshTick: number;
}

export interface PendingRead {
  /** "admit": not a read, but the proof of leadership that admitting `peer` takes. */
  readonly id: number | "admit";
  /** Undefined: asked by this node itself. */
  readonly peer: NodeId | undefined;
  readonly index: Zxid;
  /** Confirmed by a quorum of echoes of this ping or a later one. */
  readonly ping: number;
}

export interface Leading {
  readonly kind: "LEADING";
  phase: "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";
  vote: Vote;
  readonly sinceTick: number;
  /** 0 until chosen. */
  epoch: number;
  promiseBatch: number;
  /** Voters that promised this epoch to this node first of all, itself included. */
  readonly promised: Set<NodeId>;
  /** The ping that left after the newest of these promises came; 0 until they are enough. */
  proofPing: number;
  readonly learners: Map<NodeId, Learner>;
  /** The last zxid of each proposal frame that is not committed yet, oldest first. */
  readonly frames: Zxid[];
  /** The newest commit that every learner in the stream was told. */
  commitSent: Zxid;
  pingN: number;
  pingAtTick: number;
  /** Ticks at which recent pings left, by n modulo its length. */
  readonly pingTicks: number[];
  /** The newest proposal frame, shared by all learners that stand before it. */
  frame: MessageOf<"propose"> | undefined;
  reads: PendingRead[];
}

export interface Core {
  readonly config: CoreConfig;
  readonly log: Log;
  role: Looking | Following | Leading;
  tick: number;
  /** Election round: volatile, only ever compared. */
  round: number;
  attempt: number;
  acceptedEpoch: number;
  promisedTo: NodeId;
  initialized: boolean;
  /** See CoreStart; ends when a leader admits this node. */
  distrusted: boolean;
  /** Voters whose directory was empty, as they last said. */
  readonly blankPeers: Set<NodeId>;
  /** What voters with an empty log had promised when they said so; see considerBootstrap. */
  readonly emptyPeers: Map<NodeId, number>;
  readonly links: Set<NodeId>;
  /** Since which tick a linked voter owes an answer: it was told a vote, and has said nothing. */
  readonly owing: Map<NodeId, number>;
  /** The last batch handed out, and the last known durable. */
  batch: number;
  durableBatch: number;
  /** The last entry known to be on disk; never above the log's last. */
  durable: Zxid;
  /** Batches on their way to disk, with the log's last zxid as of each. */
  readonly inDisk: { readonly batch: number; zxid: Zxid }[];
  /** A snapshot on its way to disk; nothing is delivered before it is installed. */
  installing: { readonly batch: number; readonly snapshot: SnapshotData } | undefined;
  commit: Zxid;
  delivered: Zxid;
  /** Until this tick the node does not vote: it stood down on request. */
  quietUntilTick: number;
  /** Until then this node votes, but does not stand for election. */
  yieldsUntilTick: number;
  /** Whether hot-path facts (PROPOSE, ACK, COMMIT) are traced too. */
  traceHot: boolean;
  halted: boolean;
  out: Output[];
}

export function createCore(config: CoreConfig, start: CoreStart): Core {
  const log = createLog(start.base.zxid, start.base.crc, start.baseEpochEnds, start.entries);
  const last = lastZxid(log);
  const core: Core = {
    config,
    log,
    role: lookingRole(config.self, ABSTENTION, undefined, 0),
    tick: 0,
    round: 0,
    attempt: 0,
    // A lost promise below the log's own epoch may be raised to it; the log is never lowered.
    acceptedEpoch: Math.max(start.acceptedEpoch, epochOf(last)),
    promisedTo: start.acceptedEpoch >= epochOf(last) ? start.promisedTo : "",
    initialized: start.initialized,
    distrusted: start.distrusted,
    blankPeers: new Set(),
    emptyPeers: new Map(),
    links: new Set(),
    owing: new Map(),
    batch: 0,
    durableBatch: 0,
    durable: last,
    inDisk: [],
    installing: undefined,
    commit: maxZxid(start.snapshotZxid, minZxid(start.commitHint, last)),
    delivered: start.snapshotZxid,
    quietUntilTick: 0,
    yieldsUntilTick: 0,
    traceHot: false,
    halted: false,
    out: [],
  };
  core.role = lookingRole(config.self, ownVote(core), undefined, 0);
  return core;
}

function lookingRole(self: NodeId, vote: Vote, suspect: NodeId | undefined, tick: number): Looking {
  return {
    kind: "LOOKING",
    announced: false,
    vote,
    recv: new Map([[self, vote]]),
    outside: new Map(),
    decideAtTick: undefined,
    resendAtTick: tick + 2,
    resendEveryTicks: 2,
    suspect,
    early: new Map(),
  };
}

/** A vote for nobody. Every other vote is better. */
export const ABSTENTION: Vote = { leader: "", epoch: 0, zxid: 0n };

/** Who looks says so every 16 ticks at least, and everybody else answers. */
const SILENT_TICKS = 32;

/** Whether the peer is linked and answers: a link may be up for minutes that loses everything. */
export function isHeard(core: Core, peer: NodeId): boolean {
  return core.links.has(peer) && core.tick - (core.owing.get(peer) ?? core.tick) <= SILENT_TICKS;
}

/** Whether this node hears enough others whose votes count to be elected. */
export function reachesQuorum(core: Core): boolean {
  let heard = 1;
  for (const peer of core.links) if (!core.blankPeers.has(peer) && isHeard(core, peer)) heard++;
  return heard >= core.config.quorum;
}

/**
 * This node's own vote, always from the log's last entry, never from the applied state. Who hears
 * too few to be elected does not stand: with the best log it would keep everybody voting for a
 * leader that can never be (Omni-Paxos' quorum-connected candidates). Nor, for a while, does who
 * has just failed: for want of a voter that is not ahead of it, or for want of time.
 */
export function ownVote(core: Core): Vote {
  if (!reachesQuorum(core) || core.tick < core.yieldsUntilTick) return ABSTENTION;
  const last = lastZxid(core.log);
  return { leader: core.config.self, epoch: epochOf(last), zxid: last };
}

/**
 * Leaves whatever this node was and starts over. Nothing in the log changes. Rule R: from here on
 * no ack of the old relation leaves, not even for a write that is still on its way to disk.
 */
export function becomeLooking(core: Core, why: string, suspect?: NodeId): void {
  if (core.role.kind === "LEADING") {
    for (const read of core.role.reads) answerRead(core, read, false);
    // Whoever follows need not find out by silence.
    const { acceptedEpoch } = core;
    for (const [peer, { attempt }] of core.role.learners) {
      send(core, peer, { t: "refuse", attempt, reason: why, acceptedEpoch });
    }
  } else if (core.role.kind === "FOLLOWING") {
    for (const id of core.role.reads) core.out.push({ t: "readFailed", id });
  }
  core.out.push({ t: "leave", why });
  core.round++;
  core.role = lookingRole(core.config.self, ownVote(core), suspect, core.tick);
  trace(core, { kind: "ROLE", detail: why });
}

export function answerRead(core: Core, read: PendingRead, ok: boolean): void {
  if (read.id === "admit") {
    const learner =
      core.role.kind === "LEADING" ? core.role.learners.get(read.peer ?? "") : undefined;
    if (learner !== undefined && ok) learner.admitAt = lastZxid(core.log);
  } else if (read.peer !== undefined) {
    send(core, read.peer, { t: "readIndexReply", id: read.id, ok, zxid: read.index });
  } else if (ok) {
    core.out.push({ t: "readReady", id: read.id, zxid: read.index });
  } else {
    core.out.push({ t: "readFailed", id: read.id });
  }
}

export function phaseOf(core: Core): Phase {
  return core.role.kind === "LOOKING" ? "ELECTION" : core.role.phase;
}

export function isVoter(core: Core, id: NodeId): boolean {
  return core.config.voters.includes(id);
}

export function send(core: Core, to: NodeId, msg: Message, after = 0): void {
  core.out.push({ t: "send", to, msg, after });
}

export function trace(core: Core, event: Omit<CoreTrace, "role" | "phase">): void {
  core.out.push({
    t: "trace",
    event: { ...event, role: core.role.kind, phase: phaseOf(core) },
  });
}

/** Queues ops; returns the batch that stands for them. */
export function write(core: Core, ops: readonly WriteOp[]): number {
  core.batch++;
  core.inDisk.push({ batch: core.batch, zxid: lastZxid(core.log) });
  core.out.push({ t: "write", batch: core.batch, ops });
  return core.batch;
}

/**
 * A truncation or reset was applied to the log: nothing above its end is durable any more, whatever
 * older batches will report. The disk queue is one and in order, so no completion can land later.
 */
export function lowerDurable(core: Core, to: Zxid): void {
  core.durable = minZxid(core.durable, to);
  for (const pending of core.inDisk) pending.zxid = minZxid(pending.zxid, to);
}

export function onDurableBatch(core: Core, batch: number): void {
  core.durableBatch = Math.max(core.durableBatch, batch);
  for (;;) {
    const first = core.inDisk[0];
    if (first === undefined || first.batch > batch) break;
    core.durable = first.zxid;
    core.inDisk.shift();
  }
  if (core.installing !== undefined && core.installing.batch <= batch) {
    const { snapshot } = core.installing;
    core.installing = undefined;
    core.delivered = snapshot.zxid;
    core.commit = maxZxid(core.commit, snapshot.zxid);
    core.out.push({ t: "install", snapshot });
  }
}

/** Hands on what is committed and durable here; never the uncommitted tail. */
export function deliver(core: Core): void {
  const upTo = minZxid(core.commit, core.durable);
  if (core.installing !== undefined || upTo <= core.delivered) return;
  const from = indexAfter(core.log, core.delivered);
  const to = indexAfter(core.log, upTo);
  if (core.delivered < core.log.base) {
    halt(core, `entries after ${formatZxid(core.delivered)} are gone from memory`);
    return;
  }
  core.delivered = upTo;
  core.out.push({ t: "deliver", entries: core.log.entries.slice(from, to) });
  trimLog(core.log, core.config.logTailEntries, core.delivered);
}

/** A follower's or leader's knowledge of commits; idempotent, never indexes a queue. */
export function learnCommit(core: Core, zxid: Zxid): void {
  core.commit = maxZxid(core.commit, minZxid(zxid, lastZxid(core.log)));
}

export function halt(core: Core, why: string): void {
  if (core.halted) return;
  core.halted = true;
  core.out.push({ t: "halt", why });
}

export function maxZxid(a: Zxid, b: Zxid): Zxid {
  return a > b ? a : b;
}

export function minZxid(a: Zxid, b: Zxid): Zxid {
  return a < b ? a : b;
}
