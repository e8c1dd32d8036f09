/**
 * AckHonesty (P1, P2, P3, P5, and X5): what a message claims to be durable is on the sender's
 * platter when it leaves, and nothing is acked behind a promise.
 */
import { crcAt, lastZxid } from "../../../nodes/zab/log.js";
import { epochOf, formatZxid } from "../../../nodes/zab/zxid.js";
import { platterHolds } from "../sim-disk.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

export function ackHonesty(): Checker {
  return {
    onSend(node, to, messages) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      const { platter } = node;
      for (const msg of messages) {
        if (msg.t === "ack") {
          const onDisk = platter.entries.find((one) => one.zxid === msg.zxid);
          // What memory has trimmed was delivered: then the platter's own word is enough.
          const crc = crcAt(core.log, msg.zxid) ?? onDisk?.crc ?? 0;
          const held = platterHolds(platter, msg.zxid, crc);
          if (!held) lie(node.id, to, `acks ${formatZxid(msg.zxid)} without having it on disk`);
          if (msg.epoch < core.acceptedEpoch) {
            lie(node.id, to, `acks in epoch ${msg.epoch} behind promise ${core.acceptedEpoch}`);
          }
        } else if (msg.t === "ackEpoch") {
          const onDisk = platter.entries.at(-1)?.zxid ?? platter.base.zxid;
          if (platter.acceptedEpoch < msg.epoch) lie(node.id, to, `promises ${msg.epoch} unsynced`);
          if (onDisk < msg.last) lie(node.id, to, `reports ${formatZxid(msg.last)} unsynced`);
        } else if (msg.t === "newEpoch") {
          if (platter.acceptedEpoch < msg.epoch || platter.promisedTo !== node.id) {
            lie(node.id, to, `proposes epoch ${msg.epoch} without its own promise on disk`);
          }
        } else if (msg.t === "upToDate" && epochOf(lastZxid(core.log)) !== msg.epoch) {
          lie(node.id, to, `says up to date outside its epoch`);
        }
      }
    },
  };
}

function lie(from: string, to: string, what: string): never {
  throw new Violation("AckHonesty", `${from} to ${to}: ${what}`);
}
