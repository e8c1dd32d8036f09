/**
 * The leader's pulse: pings, their echoes, the step-down of a leader that has lost its quorum, and
 * reads that are confirmed by an echo. Freshness is always a round trip, the echo of a ping that
 * was sent lately, never "I received something from it": a leader whose outgoing links are dead
 * would otherwise believe for ever that it leads.
 */
import {
  answerRead,
  becomeLooking,
  type Core,
  type Leading,
  type PendingRead,
  send,
} from "./core.js";
import type { NodeId } from "./entry.js";
import type { MessageOf } from "./message.js";
import { dropLearner } from "./synchronization.js";
import { zxidOf } from "./zxid.js";

/** To all that know of the epoch. */
export function sendPing(core: Core, role: Leading): void {
  role.pingN++;
  role.pingAtTick = core.tick;
  role.pingTicks[role.pingN % role.pingTicks.length] = core.tick;
  const msg = { t: "ping", epoch: role.epoch, n: role.pingN, commit: core.commit } as const;
  for (const [peer, learner] of role.learners) {
    // Also to one whose disk still works on its promise: it is not to take that for silence.
    if (learner.stage !== "CEPOCH") send(core, peer, msg);
  }
  confirmReads(core, role);
}

export function onPong(core: Core, role: Leading, from: NodeId, msg: MessageOf<"pong">): void {
  const learner = role.learners.get(from);
  if (learner === undefined || msg.epoch !== role.epoch) return;
  if (msg.n > role.pingN || msg.n <= learner.echoN) return;
  learner.echoN = msg.n;
  if (role.pingN - msg.n < role.pingTicks.length) {
    learner.freshTick = role.pingTicks[msg.n % role.pingTicks.length] ?? 0;
  }
  confirmReads(core, role);
}

/** `overslept`: the process was away for the sync limit; others may lead by now. */
export function tickLeading(core: Core, role: Leading, overslept: boolean): void {
  const { initLimitTicks, syncLimitTicks, heartbeatTicks, quorum } = core.config;
  if (overslept) {
    becomeLooking(core, "this node slept for longer than the sync limit");
    return;
  }
  if (role.phase !== "BROADCAST") {
    if (core.tick - role.sinceTick > initLimitTicks) {
      // Its links or its disk may be slow, and with the best log all would elect it again.
      core.yieldsUntilTick = core.tick + initLimitTicks;
      becomeLooking(core, `no quorum in ${role.phase.toLowerCase()}`);
      return;
    }
  } else {
    let fresh = 1;
    for (const learner of role.learners.values()) {
      const isFresh = core.tick - learner.freshTick <= syncLimitTicks;
      if (learner.counts && learner.upToDate && isFresh) fresh++;
    }
    if (fresh < quorum) {
      becomeLooking(core, `only ${fresh} of ${quorum} needed voters answer`);
      return;
    }
    for (const [peer, learner] of role.learners) {
      const silentTicks = core.tick - learner.freshTick;
      if (learner.upToDate && silentTicks > 2 * syncLimitTicks) {
        dropLearner(core, role, peer, "no echo");
      }
    }
  }
  if (core.tick - role.pingAtTick >= heartbeatTicks) sendPing(core, role);
}

/** Notes a read at the present commit; the ping that confirms it leaves after now. */
export function requestRead(
  core: Core,
  role: Leading,
  id: PendingRead["id"],
  peer: NodeId | undefined,
): void {
  const ping = role.pingN + 1;
  if (role.phase !== "BROADCAST") {
    answerRead(core, { id, peer, index: 0n, ping }, false);
    return;
  }
  role.reads.push({ id, peer, index: core.commit, ping });
}

/** At the end of a turn: one ping for all reads that came in it, if none is under way already. */
export function flushReads(core: Core, role: Leading): void {
  const last = role.reads.at(-1);
  if (last === undefined || last.ping <= role.pingN) return;
  const first = role.reads[0];
  // A round is under way: what came since then shares the next one.
  if (first !== undefined && first.ping <= role.pingN) return;
  sendPing(core, role);
}

function confirmReads(core: Core, role: Leading): void {
  while (role.reads[0] !== undefined) {
    const read = role.reads[0];
    if (read.ping > role.pingN) break;
    let echoes = 1;
    for (const learner of role.learners.values()) {
      const member = learner.counts && learner.match >= zxidOf(role.epoch, 0);
      if (member && learner.echoN >= read.ping) echoes++;
    }
    if (echoes < core.config.quorum) break;
    role.reads.shift();
    answerRead(core, read, true);
  }
}
