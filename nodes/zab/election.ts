/**
 * ELECTION: fast leader election (ZooKeeper's FastLeaderElection). Votes are compared by (epoch,
 * zxid, rank of the id). Election is only a hint who should try: safety comes from discovery, and
 * nothing durable changes here, so a returning node cannot disturb a leader that a quorum follows.
 *
 * Ours differs in one thing: the wait for a better vote ends as soon as every linked voter agrees,
 * so a killed leader costs round trips instead of a time-out.
 */
import {
  ABSTENTION,
  becomeLooking,
  type Core,
  type Following,
  isHeard,
  isVoter,
  type Leading,
  type Looking,
  ownVote,
  reachesQuorum,
  send,
  trace,
  write,
} from "./core.js";
import { becomeLeading } from "./discovery.js";
import type { NodeId, WriteOp } from "./entry.js";
import { becomeFollowing } from "./follower.js";
import { lastZxid } from "./log.js";
import type { Message, MessageOf, Vote } from "./message.js";

const RESEND_TICKS_MAX = 16;

/** Tells the others that this node is looking now; alone in its quorum it decides at once. */
export function announce(core: Core, role: Looking): void {
  considerBootstrap(core);
  role.announced = true;
  broadcastVote(core);
  considerDecision(core, role);
}

function notification(core: Core): Message {
  return {
    t: "notify",
    role: core.role.kind,
    round: core.round,
    vote: core.role.vote,
    blank: !core.initialized,
    empty: neverHeld(core),
    acceptedEpoch: core.acceptedEpoch,
  };
}

/** Whether this node's log is empty, and not because what was in it got lost to damage. */
function neverHeld(core: Core): boolean {
  return lastZxid(core.log) === 0n && !core.distrusted;
}

/** A vote that another candidate's beats: later epoch, then longer log, then higher rank. */
function isBetter(core: Core, a: Vote, b: Vote): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  const { voters } = core.config;
  return voters.indexOf(a.leader) > voters.indexOf(b.leader);
}

/**
 * Whether this node takes up that vote. It gives none to whom it does not hear: it could not
 * follow, and others might hold each other to a vote for one that is long gone.
 */
function wins(core: Core, vote: Vote, present: Vote): boolean {
  const isKnown = vote.leader === core.config.self || isHeard(core, vote.leader);
  return isKnown && isBetter(core, vote, present);
}

/**
 * A node whose directory was empty may have forgotten what it acked and promised, so its vote does
 * not count until a leader admits it (broadcast.ts). The one exception is a new cluster: every
 * other voter has said, in this node's present life, that its log is empty. Then nothing was ever
 * committed: a quorum of two or more would have left an entry on one of them. (A node whose log was
 * lost to damage never says so, nor begins by itself: it knows that there was one.) And nothing
 * promised is forgotten: a leader promises its epoch itself before it asks, so starting from the
 * highest promise that any of them told puts this node above whatever it may have promised before.
 */
function considerBootstrap(core: Core): void {
  if (core.initialized || !neverHeld(core)) return;
  if (core.emptyPeers.size < core.config.voters.length - 1) return;
  core.initialized = true;
  const ops: WriteOp[] = [{ kind: "initialize" }];
  const epoch = Math.max(core.acceptedEpoch, ...core.emptyPeers.values());
  if (epoch > core.acceptedEpoch) {
    core.acceptedEpoch = epoch;
    core.promisedTo = core.config.self;
    ops.push({ kind: "promise", epoch, to: core.config.self });
  }
  write(core, ops);
  // From now on this node's word counts: say it again.
  if (core.role.kind === "LOOKING") voteForItself(core, core.role);
}

/** With its own vote of this moment, which all are to be told. */
function voteForItself(core: Core, role: Looking): void {
  role.vote = ownVote(core);
  role.recv.set(core.config.self, role.vote);
  role.decideAtTick = undefined;
  role.announced = false;
}

/**
 * Who is heard and counts is another than before: this node may stand for election now, or no
 * longer. In that case those that vote for it must forget it, which takes a new round.
 */
export function reconsiderStanding(core: Core, couldStand: boolean, why: string): void {
  const { role } = core;
  if (role.kind !== "LOOKING" || !core.initialized) return;
  if (couldStand && !reachesQuorum(core)) becomeLooking(core, why);
  else if (isBetter(core, ownVote(core), role.vote)) voteForItself(core, role);
}

function broadcastVote(core: Core): void {
  // Whoever stood down says nothing that could get it elected again.
  if (core.role.kind === "LOOKING" && isQuiet(core)) return;
  for (const peer of core.links) {
    send(core, peer, notification(core));
    if (core.role.kind === "LOOKING" && !core.owing.has(peer)) core.owing.set(peer, core.tick);
  }
}

/** Any word shows that a peer is there. */
export function onWord(core: Core, from: NodeId): void {
  if (!core.owing.has(from)) return;
  const couldStand = reachesQuorum(core);
  core.owing.delete(from);
  reconsiderStanding(core, couldStand, `${from} is heard again`);
}

export function onNotify(core: Core, from: NodeId, n: MessageOf<"notify">): void {
  if (!isVoter(core, from)) return;
  if (n.vote.leader !== ABSTENTION.leader && !isVoter(core, n.vote.leader)) return;
  const couldStand = reachesQuorum(core);
  if (n.blank) core.blankPeers.add(from);
  else core.blankPeers.delete(from);
  reconsiderStanding(core, couldStand, `the vote of ${from} does not count`);
  if (n.empty) core.emptyPeers.set(from, n.acceptedEpoch);
  else core.emptyPeers.delete(from);
  const { role } = core;
  if (role.kind !== "LOOKING") {
    if (n.role === "LOOKING") {
      onDesertion(core, role, from, n.round);
      send(core, from, notification(core));
    } else if (role.kind === "FOLLOWING" && from === role.leader && n.role === "FOLLOWING") {
      becomeLooking(core, `${from} follows ${n.vote.leader}`);
    }
    return;
  }
  if (n.role === "LOOKING") onLookingVote(core, role, from, n);
  else onSettledVote(core, role, from, n);
}

/**
 * A partner that looks again has left this relation, whatever this node believed. Not so in
 * discovery within the same round: there the word is older than the decision.
 */
function onDesertion(core: Core, role: Following | Leading, from: NodeId, round: number): void {
  if (role.kind === "FOLLOWING") {
    if (from !== role.leader || (role.phase === "DISCOVERY" && round <= core.round)) return;
    becomeLooking(core, `${from} no longer leads`);
    return;
  }
  if (round <= core.round || !role.learners.delete(from)) return;
  if (role.phase !== "BROADCAST" && role.learners.size + 1 < core.config.quorum) {
    becomeLooking(core, `deserted by ${from}`);
  }
}

function onLookingVote(core: Core, role: Looking, from: NodeId, n: MessageOf<"notify">): void {
  role.outside.delete(from);
  considerBootstrap(core);
  if (!core.initialized || n.blank || isQuiet(core)) {
    return;
  }
  if (n.round < core.round) {
    send(core, from, notification(core));
    return;
  }
  if (n.round > core.round) {
    core.round = n.round;
    role.recv.clear();
    const own = ownVote(core);
    role.vote = wins(core, n.vote, own) ? n.vote : own;
    role.recv.set(core.config.self, role.vote);
    role.recv.set(from, n.vote);
    role.decideAtTick = undefined;
    broadcastVote(core);
  } else if (wins(core, n.vote, role.vote)) {
    role.vote = n.vote;
    role.recv.set(core.config.self, role.vote);
    role.recv.set(from, n.vote);
    role.decideAtTick = undefined;
    broadcastVote(core);
  } else {
    // Its first word this round: it was elsewhere when this node spoke, so say it again to it
    // alone.
    if (!role.recv.has(from)) send(core, from, notification(core));
    role.recv.set(from, n.vote);
  }
  considerDecision(core, role);
}

/** A node that follows or leads already: join it when a quorum says the same and the leader too. */
function onSettledVote(core: Core, role: Looking, from: NodeId, n: MessageOf<"notify">): void {
  role.outside.set(from, n);
  const { leader, epoch } = n.vote;
  if (leader === core.config.self) return;
  if (role.outside.get(leader)?.role !== "LEADING" || !core.links.has(leader)) return;
  let agreeing = 0;
  for (const other of role.outside.values()) {
    // zxid and round may differ legitimately among nodes that voted at different times.
    if (other.vote.leader === leader && other.vote.epoch === epoch) agreeing++;
  }
  for (const [id, vote] of role.recv) {
    if (id !== core.config.self && !role.outside.has(id) && vote.leader === leader) agreeing++;
  }
  if (agreeing < needed(core, role, from, n)) return;
  core.round = n.round;
  becomeFollowing(core, leader, n.vote);
}

/**
 * How many others must name that leader; this node itself may complete the quorum. The leader's own
 * word is enough if this node and the others that look are too few to elect anybody, or if it has
 * just voted for it in that round.
 */
function needed(core: Core, role: Looking, from: NodeId, n: MessageOf<"notify">): number {
  const { quorum } = core.config;
  // Its own vote elects nobody, so it cannot be misled by a leader that is none.
  if (!core.initialized) return 1;
  const { leader } = n.vote;
  const elects = from === leader && role.vote.leader === leader && n.round === core.round;
  return couldElect(core, role) && !elects ? quorum - 1 : 1;
}

function couldElect(core: Core, role: Looking): boolean {
  let looking = 1;
  for (const peer of core.links) {
    if (!core.blankPeers.has(peer) && !role.outside.has(peer) && isHeard(core, peer)) looking++;
  }
  return looking >= core.config.quorum;
}

function sameVote(a: Vote, b: Vote): boolean {
  return a.leader === b.leader && a.epoch === b.epoch && a.zxid === b.zxid;
}

/** Decides at once if all linked voters agree, else sets the tick at which a quorum is enough. */
function considerDecision(core: Core, role: Looking): void {
  if (!core.initialized || isQuiet(core) || role.vote.leader === ABSTENTION.leader) return;
  let agreeing = 0;
  for (const vote of role.recv.values()) if (sameVote(vote, role.vote)) agreeing++;
  if (agreeing < core.config.quorum) {
    role.decideAtTick = undefined;
    return;
  }
  let silent = false;
  for (const peer of core.links) {
    if (peer === role.suspect || core.blankPeers.has(peer)) continue;
    const vote = role.recv.get(peer);
    if (vote === undefined || !sameVote(vote, role.vote)) silent = true;
  }
  if (!silent) {
    decide(core, role);
    return;
  }
  role.decideAtTick ??= core.tick + core.config.electionWaitTicks;
  if (core.tick >= role.decideAtTick) decide(core, role);
}

function decide(core: Core, role: Looking): void {
  const { vote } = role;
  trace(core, { kind: "VOTE", peer: vote.leader, zxid: vote.zxid, detail: voters(role) });
  if (vote.leader === core.config.self) becomeLeading(core, vote, role.early);
  else becomeFollowing(core, vote.leader, vote);
  broadcastVote(core);
}

function voters(role: Looking): string {
  const list = [...role.recv].filter(([, vote]) => sameVote(vote, role.vote)).map(([id]) => id);
  return `elected by ${list.sort().join(" ")}`;
}

export function tickLooking(core: Core, role: Looking): void {
  const { leader } = role.vote;
  const { self } = core.config;
  const isLost = leader === self ? !reachesQuorum(core) : leader !== "" && !isHeard(core, leader);
  if (isLost && core.initialized) {
    becomeLooking(core, leader === self ? "too few answer" : `candidate ${leader} does not answer`);
    return;
  }
  reconsiderStanding(core, false, "");
  if (core.tick >= role.resendAtTick) {
    broadcastVote(core);
    role.resendEveryTicks = Math.min(role.resendEveryTicks * 2, RESEND_TICKS_MAX);
    role.resendAtTick = core.tick + role.resendEveryTicks;
  }
  considerDecision(core, role);
}

/**
 * A new link is news: say where this node stands, and stop waiting long between words. It may be
 * the link with which this node can stand for election; then all are told.
 */
export function greet(core: Core, peer: NodeId): void {
  const { role } = core;
  if (role.kind !== "LOOKING") {
    send(core, peer, notification(core));
    return;
  }
  if (isBetter(core, ownVote(core), role.vote)) voteForItself(core, role);
  else if (!isQuiet(core)) send(core, peer, notification(core));
  role.resendEveryTicks = 2;
  role.resendAtTick = core.tick + 2;
}

function isQuiet(core: Core): boolean {
  return core.tick < core.quietUntilTick;
}
