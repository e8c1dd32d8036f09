/**
 * Counts the coverage marks of a run: what is sent, delivered, written, logged and answered tells
 * which rare things it came through. marks.ts lists those that are to be reached.
 */
import type { LogFields } from "../../nodes/logger.js";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { WriteOp } from "../../nodes/zab/entry.js";
import { lastZxid } from "../../nodes/zab/log.js";
import { epochOf } from "../../nodes/zab/zxid.js";
import { lastOf } from "./platter.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";

export interface Marks {
  counts(): Map<string, number>;
}

export function markUp(cluster: SimCluster): Marks {
  const marks = new Map<string, number>();
  const sent = new Map<PeerMessage["t"], number>();
  const byId = new Map(cluster.nodes.map((node) => [node.id, node]));
  const { onWrite, onStart, onDied, onLog, network } = cluster;
  const ticks = new Map<SimNode, number>();
  const piecesLeft = new Map<SimNode, number>();
  const { onSend, onDeliver } = network;

  function mark(name: string): void {
    marks.set(name, (marks.get(name) ?? 0) + 1);
  }

  network.onSend = (from, to, messages) => {
    for (const msg of messages) sent.set(msg.t, (sent.get(msg.t) ?? 0) + 1);
    for (const msg of messages) markSent(byId.get(from), msg, mark);
    onSend(from, to, messages);
  };
  network.onDeliver = (from, to, messages) => {
    const node = byId.get(to);
    for (const msg of messages) markDelivered(node, from, msg, mark);
    if (node !== undefined) {
      for (const msg of messages) markPieces(node, msg);
      markSleep(node);
    }
    onDeliver(from, to, messages);
  };
  cluster.onWrite = (node, ops, batch) => {
    markWritten(node, ops, mark);
    onWrite(node, ops, batch);
  };
  cluster.onLog = (node, message, fields) => {
    markLogged(message, fields, mark);
    onLog(node, message, fields);
  };
  cluster.onStart = (node) => {
    onStart(node);
    markStart(node, mark);
    markAnswers(node, mark);
  };
  cluster.onDied = (node, why) => {
    mark(`died: ${why}`);
    onDied(node, why);
  };

  /** A follower that missed half of its time limit: production says so in no other way. */
  function markSleep(node: SimNode): void {
    const core = node.running?.node.core;
    if (core === undefined) return;
    const missed = core.tick - (ticks.get(node) ?? core.tick);
    ticks.set(node, core.tick);
    if (core.role.kind === "FOLLOWING" && missed * 2 > core.config.syncLimitTicks) {
      mark("slept while following");
    }
  }

  /** Snapshots that came in part only: the next one has to begin from its first piece. */
  function markPieces(node: SimNode, msg: PeerMessage): void {
    if (msg.t !== "sync" && msg.t !== "snapChunk") return;
    const role = node.running?.node.core.role;
    if (role?.kind !== "FOLLOWING" || role.attempt !== msg.attempt) return;
    const left = piecesLeft.get(node) ?? 0;
    if (msg.t === "sync" && left > 0) mark("left a snapshot half way");
    piecesLeft.set(node, msg.t === "sync" ? msg.chunks : left - 1);
  }

  return {
    counts: () => new Map([...marks, ...[...sent].map(([t, n]) => [`sent ${t}`, n] as const)]),
  };
}

type Mark = (name: string) => void;

/** What nodes/repair.ts and its kin say in the log. */
const REPAIRS: ReadonlySet<string> = new Set([
  "repaired",
  "waits for entries that its disk has lost",
  "the log begins later: nobody has these old entries",
  "does not vote",
]);

function markSent(node: SimNode | undefined, msg: PeerMessage, mark: Mark): void {
  if (msg.t === "fetched") mark(`fetched: ${msg.held.lack ?? "entries"}`);
  const core = node?.running?.node.core;
  if (core === undefined) return;
  if (msg.t === "sync") {
    mark(`sent sync ${msg.mode}`);
    if (msg.chunks > 1) mark("sent a snapshot in pieces");
  } else if (msg.t === "ackEpoch" && !msg.counts) {
    mark(core.initialized ? "promised, but another came first" : "promised without a vote");
  } else if (msg.t === "forwardReply") {
    const { outcome } = msg;
    mark(`forward: ${outcome.kind === "done" ? "repeated" : outcome.refusal.reason}`);
  } else if (msg.t === "readIndexReply") mark(msg.ok ? "read index given" : "read index refused");
  else if (msg.t === "commit" && core.durable < msg.zxid) mark("committed before the own disk");
}

function markDelivered(
  node: SimNode | undefined,
  from: string,
  msg: PeerMessage,
  mark: Mark,
): void {
  const core = node?.running?.node.core;
  if (core === undefined) return;
  const { role } = core;
  if (role.kind === "FOLLOWING") {
    if ("attempt" in msg && msg.attempt !== role.attempt) mark("of another attempt");
    else if (msg.t === "propose" && from !== role.leader) mark("proposal of a former leader");
    else if (msg.t === "propose") {
      const last = lastZxid(core.log);
      if (msg.epoch !== role.epoch) mark("proposal of another epoch");
      else if ((msg.entries.at(-1)?.zxid ?? 0n) <= last) mark("proposal repeated");
      else if ((msg.entries[0]?.zxid ?? 0n) <= last) mark("proposal overlapping");
    } else if (msg.t === "newEpoch" && msg.epoch === core.acceptedEpoch) {
      mark(core.promisedTo === from ? "epoch promised again" : "epoch promised to another");
    } else if (msg.t === "commit" && msg.zxid > lastZxid(core.log)) mark("commit ahead of the log");
  } else if (msg.t === "ack") {
    if (role.kind === "LOOKING") mark("ack to one who does not lead");
    else if (msg.epoch !== role.epoch) mark("ack of another epoch");
  } else if (role.kind === "LEADING") {
    const learner = role.learners.get(from);
    if (msg.t === "pong" && msg.n < (learner?.echoN ?? 0)) mark("echo out of order");
  }
}

function markWritten(node: SimNode, ops: readonly WriteOp[], mark: Mark): void {
  const busy = (node.running?.disk.pending ?? 0) > 0;
  for (const op of ops) {
    const { kind } = op;
    mark(`wrote ${kind}`);
    if (kind === "truncate" && epochOf(op.to) < epochOf(lastOf(node.platter))) {
      mark("truncated into an earlier epoch");
    }
    if (busy && kind === "promise") mark("wrote promise behind other writes");
  }
  if (ops.length > 1 && ops[0]?.kind === "initialize") mark("began anew above a forgotten promise");
}

function markLogged(message: string, { role, detail }: LogFields, mark: Mark): void {
  if (REPAIRS.has(message)) mark(`repair: ${message}`);
  if (typeof detail !== "string") return;
  const plain = detail
    .replace(/\bnode\d+\b/g, "N")
    .replace(/\b\d+\.\d+\b/g, "Z")
    .replace(/\d+/g, "#");
  if (message === "role" && role === "LOOKING") mark(`left: ${plain}`);
  else if (message === "learner") mark(`learner: ${plain}`);
}

function markStart({ platter }: SimNode, mark: Mark): void {
  if (platter.distrusted) mark("started distrusted");
  if (platter.snapshots.length > 0) mark("started from a snapshot");
  const known = platter.snapshots.at(-1)?.zxid ?? 0n;
  if (lastOf(platter) > known && lastOf(platter) > platter.commitHint) {
    mark("started with entries that may not be committed");
  }
}

function markAnswers({ running }: SimNode, mark: Mark): void {
  if (running === undefined) return;
  const { node } = running;
  const { submit, readIndex } = node;
  node.submit = (command, deadlineMs, reply) => {
    const before = node.game().zxid;
    submit(command, deadlineMs, (outcome) => {
      if (!outcome.ok) mark(`refused: ${outcome.refusal.reason}`);
      else if (outcome.zxid <= before) mark("answered from memory");
      reply(outcome);
    });
  };
  node.readIndex = (deadlineMs, reply) => {
    readIndex(deadlineMs, (outcome) => {
      if (!outcome.ok) mark(`read refused: ${outcome.refusal.reason}`);
      reply(outcome);
    });
  };
}
