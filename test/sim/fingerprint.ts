/**
 * One number for all that happened in a run: every frame, write, sync, start, end and log line in
 * its order and at its time. Equal runs have equal numbers; two that differ anywhere have not,
 * except by a chance of one in 2^53.
 */
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { SimCluster } from "./sim-cluster.js";
import type { World } from "./world.js";

export interface Fingerprint {
  mix(value: number): void;
  mixZxid(zxid: bigint): void;
  mixText(text: string): void;
  text(): string;
}

export function createFingerprint(): Fingerprint {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  /** Most texts are names that come again and again. */
  const known = new Map<string, number>();

  function mixInt(value: number): void {
    low = Math.imul(low ^ value, 0x01000193);
    high = Math.imul(high ^ (value + (low >>> 15)), 0x85ebca6b);
    high ^= high >>> 13;
  }

  function numberOf(text: string): number {
    let value = 0x811c9dc5;
    for (let at = 0; at < text.length; at++) {
      value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
    }
    known.set(text, value);
    return value;
  }

  return {
    mix(value) {
      // Times have fractions, and crcs are wider than what imul takes.
      mixInt(value | 0);
      mixInt((value * 1_048_576) | 0);
    },
    mixZxid(zxid) {
      const value = Number(zxid);
      mixInt(value | 0);
      mixInt((value / 4_294_967_296) | 0);
    },
    mixText(text) {
      mixInt(known.get(text) ?? numberOf(text));
    },
    text: () => [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

/** From here on everything goes into the fingerprint, and on to whoever listened before. */
export function fingerprintOf(world: World, cluster: SimCluster): Fingerprint {
  const print = createFingerprint();
  const { mix, mixText } = print;
  const { onWrite, onDurable, onStart, onCrash, onLoss, onLog, network } = cluster;
  const { onSend } = network;

  function fact(what: string, node: string): void {
    mixText(what);
    mixText(node);
    mix(world.nowMs);
  }

  network.onSend = (from, to, messages) => {
    fact(to, from);
    for (const msg of messages) mixMessage(print, msg);
    onSend(from, to, messages);
  };
  cluster.onWrite = (node, ops, batch) => {
    fact("write", node.id);
    for (const op of ops) {
      mixText(op.kind);
      if (op.kind === "append") mix(op.entries.at(-1)?.crc ?? 0);
    }
    onWrite(node, ops, batch);
  };
  cluster.onDurable = (node, batch) => {
    fact("durable", node.id);
    onDurable(node, batch);
  };
  cluster.onStart = (node) => {
    fact("start", node.id);
    onStart(node);
  };
  cluster.onCrash = (node) => {
    fact("crash", node.id);
    onCrash(node);
  };
  cluster.onLoss = (node) => {
    fact("loss", node.id);
    onLoss(node);
  };
  cluster.onLog = (node, message, fields) => {
    fact(message, node.id);
    if (typeof fields.detail === "string") mixText(fields.detail);
    onLog(node, message, fields);
  };
  return print;
}

function mixMessage({ mix, mixZxid, mixText }: Fingerprint, msg: PeerMessage): void {
  mixText(msg.t);
  switch (msg.t) {
    case "propose":
      mix(msg.entries.at(-1)?.crc ?? 0);
      mixZxid(msg.commit);
      break;
    case "ack":
    case "commit":
    case "sync":
    case "readIndexReply":
      mixZxid(msg.zxid);
      break;
    case "ping":
    case "pong":
      mix(msg.n);
      break;
    case "notify":
      mix(msg.round);
      mixText(msg.vote.leader);
      mixZxid(msg.vote.zxid);
      break;
    case "forward":
      for (const { requestId } of msg.commands) mixText(requestId);
      break;
    case "forwardReply":
      mixText(msg.requestId);
      mixText(msg.outcome.kind);
      break;
    case "gossip":
    case "snapChunk":
    case "readIndex":
      break;
    default:
      if ("epoch" in msg) mix(msg.epoch);
      if ("attempt" in msg) mix(msg.attempt);
      break;
  }
}
