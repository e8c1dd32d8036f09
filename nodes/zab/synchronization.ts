/**
 * SYNCHRONIZATION, the leader's half: bring each learner's log to an exact prefix of this one, then
 * stream. A late joiner is nothing special: every learner has one ordered stream and a cursor, so
 * there is no separate set of "forwarded", "acked" and "committed" proposals to keep in step.
 */
import type { Core, Leading, Learner } from "./core.js";
import { maxZxid, send, trace } from "./core.js";
import type { NodeId, SnapshotData } from "./entry.js";
import { commonZxid, crcAt, indexAfter, lastZxid, positionOf } from "./log.js";
import type { Message, MessageOf, SyncMode } from "./message.js";
import { epochOf, formatZxid } from "./zxid.js";

/** Entries in one message while a learner catches up. */
const CATCH_UP_ENTRIES = 512;

export function startSync(core: Core, role: Leading, peer: NodeId, learner: Learner): void {
  const { report } = learner;
  // Before the marker is in the log there is nothing to bring anyone to; onMarker comes back here.
  if (report === undefined || epochOf(lastZxid(core.log)) !== role.epoch) return;
  const common = commonZxid(core.log.epochEnds, report.epochEnds);
  const crc = crcAt(core.log, common);
  if (crc === undefined || common < report.base) {
    learner.stage = "SNAP_WAIT";
    core.out.push({ t: "wantSnapshot", peer, attempt: learner.attempt });
    return;
  }
  const mode: SyncMode = common === report.last ? "DIFF" : "TRUNC";
  sendSync(core, role, peer, learner, {
    t: "sync",
    attempt: learner.attempt,
    epoch: role.epoch,
    mode,
    zxid: common,
    crc,
    chunks: 0,
    epochEnds: [],
  });
}

/** The snapshot was cut at an exact zxid; the stream goes on right after it. */
export function onSnapshot(
  core: Core,
  role: Leading,
  peer: NodeId,
  attempt: number,
  snapshot: SnapshotData,
): void {
  const learner = role.learners.get(peer);
  if (learner?.attempt !== attempt || learner.stage !== "SNAP_WAIT") return;
  if (crcAt(core.log, snapshot.zxid) !== snapshot.crc) {
    // Trimmed meanwhile, or older than this log's memory: ask for a newer one.
    core.out.push({ t: "wantSnapshot", peer, attempt });
    return;
  }
  sendSync(core, role, peer, learner, {
    t: "sync",
    attempt,
    epoch: role.epoch,
    mode: "SNAP",
    zxid: snapshot.zxid,
    crc: snapshot.crc,
    chunks: snapshot.chunks.length,
    epochEnds: snapshot.epochEnds,
  });
  snapshot.chunks.forEach((text, index) => {
    send(core, peer, { t: "snapChunk", attempt, index, text });
  });
  pump(core, role, peer, learner);
}

function sendSync(
  core: Core,
  role: Leading,
  peer: NodeId,
  learner: Learner,
  msg: MessageOf<"sync">,
): void {
  learner.stage = "STREAM";
  learner.sent = msg.zxid;
  learner.acked = msg.zxid;
  learner.match = 0n;
  send(core, peer, msg);
  const missing = positionOf(core.log, lastZxid(core.log)) - positionOf(core.log, msg.zxid);
  const theirs = formatZxid(learner.report?.last ?? 0n);
  const detail = `${msg.mode} of ${missing} entries for ${theirs}`;
  trace(core, { kind: "SYNC_SENT", peer, zxid: msg.zxid, detail });
  if (msg.mode !== "SNAP") pump(core, role, peer, learner);
}

/** Sends what the learner lacks, as far as its window allows. The newest frame is shared by all. */
export function pump(core: Core, role: Leading, peer: NodeId, learner: Learner): void {
  while (learner.stage === "STREAM" && learner.sent < lastZxid(core.log)) {
    if (learner.sent < core.log.base) {
      dropLearner(core, role, peer, "fell behind what memory holds");
      return;
    }
    const acked = maxZxid(learner.acked, core.log.base);
    const inFlight = positionOf(core.log, learner.sent) - positionOf(core.log, acked);
    if (inFlight >= core.config.windowEntries) return;
    const msg = frameAfter(core, role, learner.sent);
    learner.sent = msg.entries.at(-1)?.zxid ?? learner.sent;
    send(core, peer, msg);
  }
}

/** The entries after `zxid`, of one epoch; the same object for every learner that stands there. */
function frameAfter(core: Core, role: Leading, zxid: bigint): MessageOf<"propose"> {
  const { log } = core;
  const last = lastZxid(log);
  const { frame } = role;
  if (frame?.prev === zxid && frame.entries.at(-1)?.zxid === last && frame.commit === core.commit) {
    return frame;
  }
  const from = indexAfter(log, zxid);
  let to = Math.min(from + CATCH_UP_ENTRIES, log.entries.length);
  const first = log.entries[from];
  while (to > from + 1 && epochOf(log.entries[to - 1]?.zxid ?? 0n) !== epochOf(first?.zxid ?? 0n)) {
    to--;
  }
  const msg: MessageOf<"propose"> = {
    t: "propose",
    epoch: role.epoch,
    prev: zxid,
    prevCrc: crcAt(log, zxid) ?? 0,
    entries: log.entries.slice(from, to),
    commit: core.commit,
  };
  role.frame = msg;
  return msg;
}

/** Ends the relation; the learner starts over from discovery. */
export function dropLearner(core: Core, role: Leading, peer: NodeId, reason: string): void {
  const learner = role.learners.get(peer);
  if (learner === undefined) return;
  role.learners.delete(peer);
  const { acceptedEpoch } = core;
  const msg: Message = { t: "refuse", attempt: learner.attempt, reason, acceptedEpoch };
  send(core, peer, msg);
  trace(core, { kind: "LEARNER", peer, detail: reason });
}
