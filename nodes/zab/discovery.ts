/**
 * DISCOVERY, the leader's half: an epoch that a quorum has promised to this node alone, and proof
 * that nobody in that quorum knows more than this node does.
 *
 * Why the leader's log is then the right one. Let z = (e0, c) be committed by acks of quorum Qc,
 * and let Qe be the quorum of counted ackEpochs of e > e0. Take X in both. By Rule R, X acked z
 * before it promised e, so X's report is at least z, and the leader's log ends at X's report or
 * later. If the leader's last epoch is e0, its log holds z, for an epoch has one order. If it is
 * some e1 between, then by induction the initial history of e1 holds z. So the leader's does.
 *
 * Hence two gates: no learner is told to change its log before that quorum (an unproven leader may
 * lack what is committed), and the marker (e, 0) is appended only after it, so that any (e, 0)
 * anywhere proves that nothing below e can commit any more.
 */
import { considerEstablished } from "./broadcast.js";
import {
  becomeLooking,
  type Core,
  halt,
  type Leading,
  type Learner,
  send,
  trace,
  write,
} from "./core.js";
import type { Entry, NodeId } from "./entry.js";
import { sendPing } from "./heartbeat.js";
import { appendEntry, lastCrc, lastZxid } from "./log.js";
import type { MessageOf, Vote } from "./message.js";
import { startSync } from "./synchronization.js";
import { EPOCH_MAX, formatZxid, type Zxid, zxidOf } from "./zxid.js";

/** How many recent pings can still be recognised by their echo. */
const PINGS_KEPT = 64;

export function becomeLeading(
  core: Core,
  vote: Vote,
  early: ReadonlyMap<NodeId, MessageOf<"cepoch">>,
): void {
  const role: Leading = {
    kind: "LEADING",
    phase: "DISCOVERY",
    vote,
    sinceTick: core.tick,
    epoch: 0,
    promiseBatch: 0,
    promised: new Set(),
    proofPing: 0,
    learners: new Map(),
    frames: [],
    commitSent: 0n,
    pingN: 0,
    pingAtTick: core.tick,
    pingTicks: new Array<number>(PINGS_KEPT).fill(0),
    frame: undefined,
    reads: [],
  };
  core.role = role;
  trace(core, { kind: "ROLE" });
  for (const [peer, msg] of early) if (core.links.has(peer)) onCepoch(core, role, peer, msg);
  considerEpoch(core, role);
}

export function onCepoch(core: Core, role: Leading, from: NodeId, msg: MessageOf<"cepoch">): void {
  const known = role.learners.get(from);
  if (known !== undefined && known.attempt >= msg.attempt) return;
  const learner: Learner = {
    attempt: msg.attempt,
    stage: "CEPOCH",
    acceptedEpoch: msg.acceptedEpoch,
    counts: msg.counts,
    admitAt: undefined,
    report: undefined,
    sent: 0n,
    acked: 0n,
    match: 0n,
    upToDate: false,
    echoN: 0,
    freshTick: core.tick,
  };
  if (role.epoch === 0) {
    role.learners.set(from, learner);
    considerEpoch(core, role);
    return;
  }
  if (msg.acceptedEpoch > role.epoch) {
    // It promised a later epoch to a leader that failed. Only a still later one can win it back.
    becomeLooking(core, `${from} promised epoch ${msg.acceptedEpoch}`);
    return;
  }
  role.learners.set(from, learner);
  sendNewEpoch(core, role, from, learner);
}

/** P1: the leader's own promise is on disk before anyone hears of the epoch. */
function considerEpoch(core: Core, role: Leading): void {
  let counted = 1;
  let accepted = core.acceptedEpoch;
  for (const learner of role.learners.values()) {
    if (learner.counts) counted++;
    accepted = Math.max(accepted, learner.acceptedEpoch);
  }
  if (role.epoch !== 0 || counted < core.config.quorum) return;
  if (accepted >= EPOCH_MAX) {
    halt(core, "the epochs are used up");
    return;
  }
  role.epoch = accepted + 1;
  core.acceptedEpoch = role.epoch;
  core.promisedTo = core.config.self;
  role.promised.add(core.config.self);
  role.promiseBatch = write(core, [{ kind: "promise", epoch: role.epoch, to: core.config.self }]);
  trace(core, { kind: "PROMISE", peer: core.config.self, epoch: role.epoch });
  for (const [peer, learner] of role.learners) sendNewEpoch(core, role, peer, learner);
}

function sendNewEpoch(core: Core, role: Leading, peer: NodeId, learner: Learner): void {
  learner.stage = "NEWEPOCH";
  const msg = { t: "newEpoch", attempt: learner.attempt, epoch: role.epoch } as const;
  send(core, peer, msg, role.promiseBatch);
}

export function onAckEpoch(
  core: Core,
  role: Leading,
  from: NodeId,
  msg: MessageOf<"ackEpoch">,
): void {
  const learner = role.learners.get(from);
  if (learner?.attempt !== msg.attempt || learner.stage !== "NEWEPOCH") return;
  if (msg.epoch !== role.epoch) return;
  learner.stage = "ACKED";
  learner.report = msg;
  if (role.phase !== "DISCOVERY") {
    startSync(core, role, from, learner);
  } else if (isAhead(core, learner)) {
    considerYielding(core, role, from, msg.last);
  } else {
    if (msg.counts) {
      role.promised.add(from);
      role.proofPing = 0;
    }
    considerHistory(core, role);
  }
}

/** Whether its vote counts, and its log is longer than this node's. */
function isAhead(core: Core, { counts, report }: Learner): boolean {
  return counts && report !== undefined && report.last > lastZxid(core.log);
}

/**
 * The promise of one that knows more proves nothing about this node's log, so it is not counted;
 * with a quorum of others its extra tail is known to be uncommitted, and is cut. Without them
 * somebody else must lead: for a while this node does not stand, or all would elect it again.
 */
function considerYielding(core: Core, role: Leading, from: NodeId, last: Zxid): void {
  let able = 1;
  for (const peer of core.links) {
    const learner = role.learners.get(peer);
    const isOut = core.blankPeers.has(peer) || (learner !== undefined && isAhead(core, learner));
    if (!isOut) able++;
  }
  if (able >= core.config.quorum) return;
  core.yieldsUntilTick = core.tick + core.config.initLimitTicks;
  becomeLooking(core, `${from} is ahead: ${formatZxid(last)}`);
}

/**
 * With a quorum of first promises, this node's own on disk among them, this log is the initial
 * history; now the epoch may be marked. But a node that promised may have lost its disk since then,
 * unnoticed, and have been admitted by an earlier leader without its promise. So each must echo a
 * ping that left when all promises were in: until then none was lost, and from then on no earlier
 * leader is confirmed any more, without which it admits nobody (broadcast.ts).
 */
export function considerHistory(core: Core, role: Leading): void {
  if (role.phase !== "DISCOVERY" || role.epoch === 0) return;
  if (role.promised.size < core.config.quorum || core.durableBatch < role.promiseBatch) return;
  if (role.proofPing === 0) {
    sendPing(core, role);
    role.proofPing = role.pingN;
  }
  let holding = 1;
  for (const [peer, { echoN }] of role.learners) {
    if (role.promised.has(peer) && echoN >= role.proofPing) holding++;
  }
  if (holding < core.config.quorum) return;
  role.phase = "SYNCHRONIZATION";
  trace(core, { kind: "ROLE", epoch: role.epoch });
  core.out.push({
    t: "wantMarker",
    zxid: zxidOf(role.epoch, 0),
    prev: lastZxid(core.log),
    prevCrc: lastCrc(core.log),
  });
}

export function onMarker(core: Core, role: Leading, entry: Entry): void {
  if (role.phase !== "SYNCHRONIZATION" || entry.zxid !== zxidOf(role.epoch, 0)) return;
  if (lastZxid(core.log) >= entry.zxid) return;
  appendEntry(core.log, entry);
  write(core, [{ kind: "append", entries: [entry] }]);
  for (const [peer, learner] of role.learners) {
    if (learner.stage === "ACKED") startSync(core, role, peer, learner);
  }
  considerEstablished(core, role);
}
