/**
 * BROADCAST, the leader's half: one order, made permanent by a quorum.
 *
 *   leader   propose(z)  -> follower   append, sync
 *   leader   <- ack(z)      follower
 *   leader   commit(z)   -> follower   deliver
 *
 * P6: z commits when it is on the disks of a quorum, this node's counted only once its own sync is
 * done; entries of older epochs commit only through this epoch's marker.
 */
import {
  becomeLooking,
  type Core,
  halt,
  type Leading,
  maxZxid,
  send,
  trace,
  write,
} from "./core.js";
import type { Entry, NodeId } from "./entry.js";
import { requestRead } from "./heartbeat.js";
import { appendEntry, lastZxid } from "./log.js";
import { pump } from "./synchronization.js";
import { counterOf, epochOf, formatZxid, type Zxid, zxidOf } from "./zxid.js";

/**
 * One proposal frame: appended, sent to every learner in the stream, and written, in that order.
 */
export function propose(core: Core, role: Leading, entries: readonly Entry[]): void {
  if (role.phase !== "BROADCAST") {
    halt(core, "a proposal from a node that is not an established leader");
    return;
  }
  const first = entries[0];
  if (first === undefined) return;
  if (epochOf(first.zxid) !== role.epoch) {
    halt(core, `a proposal ${formatZxid(first.zxid)} outside epoch ${role.epoch}`);
    return;
  }
  for (const entry of entries) appendEntry(core.log, entry);
  const last = lastZxid(core.log);
  role.frames.push(last);
  for (const [peer, learner] of role.learners) pump(core, role, peer, learner);
  role.commitSent = core.commit;
  write(core, [{ kind: "append", entries }]);
  if (core.traceHot) trace(core, { kind: "PROPOSE", zxid: last });
}

/** Whether the next counter may still be used; at the limit a new epoch must begin. */
export function counterLeft(core: Core): number {
  return core.config.counterMax - counterOf(lastZxid(core.log));
}

export function onAck(core: Core, role: Leading, from: NodeId, zxid: Zxid): void {
  const learner = role.learners.get(from);
  if (learner?.stage !== "STREAM" || zxid > learner.sent) return;
  learner.acked = maxZxid(learner.acked, zxid);
  learner.match = maxZxid(learner.match, zxid);
  if (role.phase === "BROADCAST") {
    welcome(core, role, from);
    admit(core, role, from);
    advanceCommit(core, role);
  } else {
    considerEstablished(core, role);
  }
  pump(core, role, from, learner);
}

/** A learner that holds the marker serves from now on, told of the newest commit there is. */
function welcome(core: Core, role: Leading, peer: NodeId): void {
  const learner = role.learners.get(peer);
  if (learner === undefined || learner.upToDate || learner.match < zxidOf(role.epoch, 0)) return;
  learner.upToDate = true;
  learner.freshTick = core.tick;
  send(core, peer, { t: "upToDate", epoch: role.epoch, commit: core.commit });
  trace(core, { kind: "LEARNER", peer, zxid: learner.match, detail: "up to date" });
  if (!learner.counts) requestRead(core, role, "admit", peer);
}

/**
 * Lets a node vote whose directory was empty. It may have forgotten acks and promises; all entries
 * that it can have acked are in the log of the one true leader as of now. So first a quorum without
 * it confirms, after it came, that this is that leader; then it must hold all that the log held.
 * That quorum also shows that no later leader counts on a promise which the node has forgotten
 * (discovery.ts).
 */
function admit(core: Core, role: Leading, peer: NodeId): void {
  const learner = role.learners.get(peer);
  if (learner?.admitAt === undefined || learner.match < learner.admitAt) return;
  learner.admitAt = undefined;
  send(core, peer, { t: "admit", epoch: role.epoch });
  trace(core, { kind: "LEARNER", peer, zxid: learner.match, detail: "admitted" });
}

/** A quorum has confirmed this leader: whoever waited for that and has caught up is admitted. */
export function admitConfirmed(core: Core, role: Leading): void {
  for (const peer of role.learners.keys()) admit(core, role, peer);
}

/** The newest zxid that a quorum of disks holds, this node's own among them. */
function quorumZxid(core: Core, role: Leading): Zxid {
  const held: Zxid[] = [core.durable];
  for (const learner of role.learners.values()) if (learner.counts) held.push(learner.match);
  held.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  return held[core.config.quorum - 1] ?? 0n;
}

/** P4: this node counts itself only when its own marker is on disk; and it must, to lead. */
export function considerEstablished(core: Core, role: Leading): void {
  const marker = zxidOf(role.epoch, 0);
  if (role.phase !== "SYNCHRONIZATION" || core.durable < marker) return;
  if (quorumZxid(core, role) < marker) return;
  role.phase = "BROADCAST";
  role.vote = { ...role.vote, epoch: role.epoch };
  core.commit = marker;
  trace(core, { kind: "ESTABLISHED", zxid: marker, epoch: role.epoch });
  for (const peer of role.learners.keys()) welcome(core, role, peer);
  advanceCommit(core, role);
}

export function advanceCommit(core: Core, role: Leading): void {
  const zxid = quorumZxid(core, role);
  if (zxid <= core.commit || epochOf(zxid) !== role.epoch) return;
  core.commit = zxid;
  while (role.frames[0] !== undefined && role.frames[0] <= zxid) role.frames.shift();
  if (core.traceHot) trace(core, { kind: "COMMIT", zxid });
}

/** Tells whoever has not heard it with a proposal how far commits have come. */
export function flushCommit(core: Core, role: Leading): void {
  if (role.phase !== "BROADCAST" || core.commit <= role.commitSent) return;
  role.commitSent = core.commit;
  const msg = { t: "commit", epoch: role.epoch, zxid: core.commit } as const;
  for (const [peer, learner] of role.learners) if (learner.upToDate) send(core, peer, msg);
}

/** The counter is used up: a new epoch must begin. */
export function stepDownAtLimit(core: Core, role: Leading): void {
  if (role.phase !== "BROADCAST" || counterLeft(core) > 0) return;
  if (core.commit === lastZxid(core.log)) becomeLooking(core, "the epoch's counter is used up");
}
