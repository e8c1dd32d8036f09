/**
 * The one door of the core: step(core, input) -> outputs. Synchronous, total, no I/O: the same core
 * and the same inputs give the same outputs. io.ts says what the driver owes.
 *
 * This folder may import nothing outside itself, and uses no clock, timer, promise or randomness.
 */
import {
  admitConfirmed,
  advanceCommit,
  considerEstablished,
  flushCommit,
  onAck,
  propose,
  stepDownAtLimit,
} from "./broadcast.js";
import {
  becomeLooking,
  type Core,
  deliver,
  halt,
  isVoter,
  onDurableBatch,
  reachesQuorum,
  send,
} from "./core.js";
import { considerHistory, onAckEpoch, onCepoch, onMarker } from "./discovery.js";
import { announce, greet, onNotify, onWord, reconsiderStanding, tickLooking } from "./election.js";
import type { NodeId } from "./entry.js";
import { ackDurable, onLeaderMessage, tickFollowing } from "./follower.js";
import { flushReads, onPong, requestRead, tickLeading } from "./heartbeat.js";
import type { Input, Output } from "./io.js";
import type { Message } from "./message.js";
import { onSnapshot } from "./synchronization.js";

/** After halt a core takes no more inputs. */
export function step(core: Core, input: Input): Output[] {
  if (core.halted) return [];
  handle(core, input);
  settle(core);
  const { out } = core;
  core.out = [];
  return out;
}

function handle(core: Core, input: Input): void {
  const { role } = core;
  switch (input.t) {
    case "tick":
      onTick(core, input.ticks);
      break;
    case "recv":
      if (isVoter(core, input.from)) onMessage(core, input.from, input.msg);
      break;
    case "link":
      onLink(core, input.peer, input.up);
      break;
    case "durable":
      onDurableBatch(core, input.batch);
      if (role.kind === "LEADING") {
        if (role.phase === "BROADCAST") advanceCommit(core, role);
        else if (role.phase === "DISCOVERY") considerHistory(core, role);
        else considerEstablished(core, role);
      }
      break;
    case "propose":
      if (role.kind === "LEADING") propose(core, role, input.entries);
      else halt(core, "a proposal from a node that does not lead");
      break;
    case "marker":
      if (role.kind === "LEADING") onMarker(core, role, input.entry);
      break;
    case "snapshot":
      if (role.kind === "LEADING") {
        onSnapshot(core, role, input.peer, input.attempt, input.snapshot);
      }
      break;
    case "read":
      onRead(core, input.id);
      break;
    case "stepDown":
      if (role.kind !== "LEADING") break;
      core.quietUntilTick = core.tick + input.quietTicks;
      becomeLooking(core, "asked to step down");
      break;
    case "flush":
      if (role.kind === "LEADING") {
        flushCommit(core, role);
        flushReads(core, role);
      }
      break;
    default:
      throw new Error(`unknown input ${JSON.stringify(input satisfies never)}`);
  }
}

/** What follows from any input: word of a new election, deliveries, acks, the counter's limit. */
function settle(core: Core): void {
  // First of all: what is committed is answered as such, even if the leadership ends right here.
  deliver(core);
  if (core.role.kind === "LEADING") stepDownAtLimit(core, core.role);
  while (core.role.kind === "LOOKING" && !core.role.announced) announce(core, core.role);
  deliver(core);
  if (core.role.kind === "FOLLOWING") ackDurable(core, core.role);
}

function onTick(core: Core, ticks: number): void {
  core.tick += ticks;
  const { role } = core;
  const { syncLimitTicks } = core.config;
  switch (role.kind) {
    case "LOOKING":
      tickLooking(core, role);
      break;
    case "FOLLOWING":
      tickFollowing(core, role, ticks * 2 > syncLimitTicks);
      break;
    case "LEADING":
      tickLeading(core, role, ticks >= syncLimitTicks);
      break;
    default:
      throw new Error(`unknown role ${JSON.stringify(role satisfies never)}`);
  }
}

function onLink(core: Core, peer: NodeId, up: boolean): void {
  if (!isVoter(core, peer)) return;
  const { role } = core;
  if (up) {
    core.links.add(peer);
    greet(core, peer);
    return;
  }
  const couldStand = reachesQuorum(core);
  core.links.delete(peer);
  core.owing.delete(peer);
  core.blankPeers.delete(peer);
  if (role.kind === "LEADING") {
    role.learners.delete(peer);
    // Its next life may use the same ids: an old answer would be stale there.
    role.reads = role.reads.filter((read) => read.peer !== peer);
    // It may come back from an emptied directory, and then it has forgotten its promise.
    if (role.phase === "DISCOVERY") role.promised.delete(peer);
  } else if (role.kind === "LOOKING") {
    role.recv.delete(peer);
    role.outside.delete(peer);
    role.early.delete(peer);
    role.announced = false;
    if (role.vote.leader === peer) becomeLooking(core, `the link to candidate ${peer} is gone`);
    else reconsiderStanding(core, couldStand, `without ${peer} too few are heard`);
  } else if (role.leader === peer) becomeLooking(core, `the link to ${peer} is gone`);
}

function onMessage(core: Core, from: NodeId, msg: Message): void {
  onWord(core, from);
  const { role } = core;
  switch (msg.t) {
    case "notify":
      onNotify(core, from, msg);
      break;
    case "cepoch":
      if (role.kind === "LEADING") onCepoch(core, role, from, msg);
      else if (role.kind === "LOOKING") role.early.set(from, msg);
      else refuse(core, from, msg.attempt, `follows ${role.leader}`);
      break;
    case "ackEpoch":
      if (role.kind === "LEADING") onAckEpoch(core, role, from, msg);
      break;
    case "ack":
      if (role.kind === "LEADING" && msg.epoch === role.epoch) onAck(core, role, from, msg.zxid);
      break;
    case "pong":
      if (role.kind === "LEADING") {
        onPong(core, role, from, msg);
        considerHistory(core, role);
        admitConfirmed(core, role);
      }
      break;
    case "readIndex":
      if (role.kind === "LEADING") requestRead(core, role, msg.id, from);
      else send(core, from, { t: "readIndexReply", id: msg.id, ok: false, zxid: 0n });
      break;
    case "refuse":
      if (role.kind === "LEADING") onRefusedBy(core, from, msg.acceptedEpoch, role.epoch);
      else if (role.kind === "FOLLOWING") onLeaderMessage(core, role, from, msg);
      break;
    default:
      if (role.kind === "FOLLOWING") onLeaderMessage(core, role, from, msg);
      break;
  }
}

function refuse(core: Core, to: NodeId, attempt: number, reason: string): void {
  send(core, to, { t: "refuse", attempt, reason, acceptedEpoch: core.acceptedEpoch });
}

/** A follower that promised a later epoch: it can be won back only by a later one still. */
function onRefusedBy(core: Core, from: NodeId, acceptedEpoch: number, epoch: number): void {
  if (epoch !== 0 && acceptedEpoch > epoch) {
    becomeLooking(core, `${from} promised epoch ${acceptedEpoch}`);
  }
}

function onRead(core: Core, id: number): void {
  const { role } = core;
  if (role.kind === "LEADING") {
    requestRead(core, role, id, undefined);
  } else if (role.kind === "FOLLOWING" && role.phase === "BROADCAST") {
    role.reads.add(id);
    send(core, role.leader, { t: "readIndex", id });
  } else {
    core.out.push({ t: "readFailed", id });
  }
}
