/**
 * A follower's half of discovery, synchronization and broadcast.
 *
 *   -> cepoch(acceptedEpoch)        <- newEpoch(e)
 *   promise(e, leader) to disk      -> ackEpoch(e, where my log ends)
 *   <- sync DIFF | TRUNC | SNAP     truncation or snapshot to disk
 *   <- propose ... (e,0) ...        entries to disk, marker last
 *   -> ack(z), only for what is on disk; ack(>= (e,0)) says "I have the leader's initial history"
 *   <- upToDate                     now serving
 *
 * What does not fit exactly is never appended; whatever is out of place ends the relation, and the
 * node starts over with what its disk holds.
 */
import {
  becomeLooking,
  type Core,
  type Following,
  halt,
  learnCommit,
  lowerDurable,
  maxZxid,
  minZxid,
  send,
  trace,
  write,
} from "./core.js";
import type { NodeId } from "./entry.js";
import { appendEntry, crcAt, createLog, lastCrc, lastZxid, truncateLog } from "./log.js";
import type { Message, MessageOf, Vote } from "./message.js";
import { epochOf, formatZxid } from "./zxid.js";

export function becomeFollowing(core: Core, leader: NodeId, vote: Vote): void {
  core.attempt++;
  const role: Following = {
    kind: "FOLLOWING",
    phase: "DISCOVERY",
    leader,
    attempt: core.attempt,
    vote,
    sinceTick: core.tick,
    heardAtTick: core.tick,
    progressAtTick: core.tick,
    epoch: 0,
    streaming: false,
    snap: undefined,
    acked: 0n,
    reads: new Set(),
  };
  core.role = role;
  trace(core, { kind: "ROLE", peer: leader });
  sendCepoch(core, role);
}

function sendCepoch(core: Core, role: Following): void {
  send(core, role.leader, {
    t: "cepoch",
    attempt: role.attempt,
    acceptedEpoch: core.acceptedEpoch,
    counts: core.initialized,
  });
}

/** Messages of the leader; those of others, or of an earlier attempt, are dropped here. */
export function onLeaderMessage(core: Core, role: Following, from: NodeId, msg: Message): void {
  if (from !== role.leader) return;
  if ("attempt" in msg && msg.attempt !== role.attempt) return;
  if ("epoch" in msg && msg.t !== "newEpoch" && msg.epoch !== role.epoch) return;
  role.heardAtTick = core.tick;
  if (msg.t !== "ping") role.progressAtTick = core.tick;
  switch (msg.t) {
    case "newEpoch":
      onNewEpoch(core, role, msg);
      break;
    case "refuse":
      becomeLooking(core, `refused by ${from}: ${msg.reason}`);
      break;
    case "sync":
      onSync(core, role, msg);
      break;
    case "snapChunk":
      onSnapChunk(core, role, msg);
      break;
    case "propose":
      onPropose(core, role, msg);
      break;
    case "upToDate":
      onUpToDate(core, role, msg);
      break;
    case "admit":
      onAdmit(core, role);
      break;
    case "commit":
      if (role.streaming) learnCommit(core, msg.zxid);
      break;
    case "ping":
      if (role.streaming) learnCommit(core, msg.commit);
      send(core, from, { t: "pong", epoch: msg.epoch, n: msg.n });
      break;
    case "readIndexReply":
      if (role.reads.delete(msg.id)) {
        if (msg.ok) core.out.push({ t: "readReady", id: msg.id, zxid: msg.zxid });
        else core.out.push({ t: "readFailed", id: msg.id });
      }
      break;
    default:
      break;
  }
}

/**
 * P2: the promise, and every entry appended before it, is on disk before the answer leaves. Only a
 * first promise counts: of two rivals that computed the same epoch, one at most collects a quorum.
 */
function onNewEpoch(core: Core, role: Following, msg: MessageOf<"newEpoch">): void {
  if (role.phase !== "DISCOVERY") return;
  if (msg.epoch < core.acceptedEpoch) {
    const { acceptedEpoch } = core;
    const reason = `promised epoch ${acceptedEpoch}`;
    send(core, role.leader, { t: "refuse", attempt: role.attempt, reason, acceptedEpoch });
    becomeLooking(core, `epoch ${msg.epoch} is below the promised ${acceptedEpoch}`);
    return;
  }
  let counts = core.initialized;
  if (msg.epoch > core.acceptedEpoch) {
    core.acceptedEpoch = msg.epoch;
    core.promisedTo = role.leader;
    write(core, [{ kind: "promise", epoch: msg.epoch, to: role.leader }]);
    trace(core, { kind: "PROMISE", peer: role.leader, epoch: msg.epoch });
  } else if (core.promisedTo !== role.leader) {
    counts = false;
  }
  role.epoch = msg.epoch;
  role.phase = "SYNCHRONIZATION";
  const report = {
    t: "ackEpoch",
    attempt: role.attempt,
    epoch: msg.epoch,
    counts,
    last: lastZxid(core.log),
    epochEnds: [...core.log.epochEnds],
    base: core.log.base,
  } as const;
  send(core, role.leader, report, core.batch);
}

function onSync(core: Core, role: Following, msg: MessageOf<"sync">): void {
  if (role.phase !== "SYNCHRONIZATION" || role.streaming) return;
  if (epochOf(msg.zxid) > role.epoch) {
    becomeLooking(core, `${formatZxid(msg.zxid)} is of an epoch that ${role.leader} does not lead`);
    return;
  }
  const detail = `${msg.mode} from ${formatZxid(lastZxid(core.log))}`;
  if (msg.mode === "SNAP") {
    role.snap = { sync: msg, chunks: [] };
    trace(core, { kind: "SYNC_TAKEN", peer: role.leader, zxid: msg.zxid, detail });
    return;
  }
  if (msg.mode === "TRUNC" && lastZxid(core.log) > msg.zxid) {
    if (msg.zxid < maxZxid(core.commit, core.delivered)) {
      halt(core, `told to truncate to ${formatZxid(msg.zxid)}, below known commits`);
      return;
    }
    if (crcAt(core.log, msg.zxid) === undefined) {
      becomeLooking(core, `no entry ${formatZxid(msg.zxid)} to truncate to`);
      return;
    }
    truncateLog(core.log, msg.zxid);
    lowerDurable(core, msg.zxid);
    write(core, [{ kind: "truncate", to: msg.zxid }]);
  }
  if (lastZxid(core.log) !== msg.zxid) {
    becomeLooking(core, `sync begins at ${formatZxid(msg.zxid)}, which is not this log's end`);
    return;
  }
  if (lastCrc(core.log) !== msg.crc) {
    halt(core, `logs differ at ${formatZxid(msg.zxid)}: same zxid, other chain value`);
    return;
  }
  role.streaming = true;
  trace(core, { kind: "SYNC_TAKEN", peer: role.leader, zxid: msg.zxid, detail });
}

/** P8: the snapshot is on disk, as the whole log, before it becomes the state. */
function onSnapChunk(core: Core, role: Following, msg: MessageOf<"snapChunk">): void {
  const { snap } = role;
  if (snap === undefined || role.streaming) return;
  if (msg.index !== snap.chunks.length) {
    becomeLooking(core, `snapshot chunk ${msg.index} instead of ${snap.chunks.length}`);
    return;
  }
  snap.chunks.push(msg.text);
  if (snap.chunks.length < snap.sync.chunks) return;
  const { zxid, crc, epochEnds } = snap.sync;
  if (zxid < core.delivered) {
    halt(core, `told to install snapshot ${formatZxid(zxid)}, below what was delivered`);
    return;
  }
  const snapshot = { zxid, crc, epochEnds, chunks: snap.chunks };
  role.snap = undefined;
  role.streaming = true;
  Object.assign(core.log, createLog(zxid, crc, epochEnds, []));
  lowerDurable(core, 0n);
  const batch = write(core, [{ kind: "reset", snapshot }]);
  core.installing = { batch, snapshot };
}

function onPropose(core: Core, role: Following, msg: MessageOf<"propose">): void {
  if (!role.streaming) return;
  const last = lastZxid(core.log);
  const lastNew = msg.entries.at(-1)?.zxid ?? 0n;
  if (epochOf(lastNew) > role.epoch) {
    becomeLooking(core, `${formatZxid(lastNew)} is of an epoch that ${role.leader} does not lead`);
    return;
  }
  if (lastNew <= last) {
    // Sent again. The same place must hold the same entry; what memory has trimmed was committed.
    for (const entry of msg.entries) {
      const crc = crcAt(core.log, entry.zxid);
      if (crc !== undefined && crc !== entry.crc) {
        halt(core, `two entries for ${formatZxid(entry.zxid)}`);
        return;
      }
    }
    role.acked = minZxid(role.acked, lastNew - 1n);
  } else {
    const fresh = msg.entries.filter((entry) => entry.zxid > last);
    const crc =
      msg.prev === last ? msg.prevCrc : msg.entries.find((entry) => entry.zxid === last)?.crc;
    if (crc === undefined) {
      becomeLooking(core, `gap: ${formatZxid(msg.prev)} does not follow ${formatZxid(last)}`);
      return;
    }
    if (crc !== lastCrc(core.log)) {
      halt(core, `logs differ at ${formatZxid(last)}: same zxid, other chain value`);
      return;
    }
    for (const entry of fresh) appendEntry(core.log, entry);
    write(core, [{ kind: "append", entries: fresh }]);
  }
  learnCommit(core, msg.commit);
}

function onUpToDate(core: Core, role: Following, msg: MessageOf<"upToDate">): void {
  if (!role.streaming || role.phase !== "SYNCHRONIZATION") return;
  role.phase = "BROADCAST";
  // From now on newcomers hear the same answer from every member, whenever it voted.
  role.vote = { ...role.vote, epoch: role.epoch };
  learnCommit(core, msg.commit);
  trace(core, { kind: "ROLE", peer: role.leader, epoch: role.epoch });
}

/** This node holds all that it may have forgotten. It joins again, now as one that counts. */
function onAdmit(core: Core, role: Following): void {
  if (core.initialized || role.phase !== "BROADCAST") return;
  core.initialized = true;
  core.distrusted = false;
  write(core, [{ kind: "initialize" }]);
  becomeLooking(core, `admitted by ${role.leader}`);
}

/** P5: after a sync of the disk, and only then, the leader hears of it. */
export function ackDurable(core: Core, role: Following): void {
  if (!role.streaming || core.durable <= role.acked || core.durable === 0n) return;
  role.acked = core.durable;
  const msg = { t: "ack", epoch: role.epoch, zxid: core.durable } as const;
  send(core, role.leader, msg, core.durableBatch);
  if (core.traceHot) trace(core, { kind: "ACK", peer: role.leader, zxid: core.durable });
}

/** `overslept`: the process itself was away; the leader is not to blame for that time. */
export function tickFollowing(core: Core, role: Following, overslept: boolean): void {
  if (overslept) {
    role.heardAtTick = core.tick;
    role.progressAtTick = core.tick;
  }
  if (role.phase === "DISCOVERY") {
    if (core.tick - role.sinceTick > core.config.initLimitTicks) {
      becomeLooking(core, `no epoch from ${role.leader} in time`, role.leader);
    } else {
      sendCepoch(core, role);
    }
    return;
  }
  if (core.tick - role.heardAtTick > core.config.syncLimitTicks) {
    becomeLooking(core, `${role.leader} is silent`, role.leader);
  } else if (
    role.phase === "SYNCHRONIZATION" &&
    core.tick - role.progressAtTick > core.config.initLimitTicks
  ) {
    becomeLooking(core, `synchronization with ${role.leader} stands still`);
  }
}
