/**
 * NoZombie (X14): nothing is written or said by a process that is gone, batches reach the disk and
 * come back from it in order, and nothing is said in a relation that is over: each message is of a
 * relation that its sender was in during the turn whose frame it left with.
 */
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import type { NodeRecord, Standing } from "./ledger.js";

export function noZombie({ ledger }: CheckContext): Checker {
  /** The newest batch of this life that was written, and that came back durable. */
  const written = new Map<string, number>();
  const durable = new Map<string, number>();

  function mustLive(node: SimNode, what: string): void {
    if (node.running === undefined) fail(`${node.id} ${what} after its end`);
  }

  return {
    onStart(node) {
      written.set(node.id, 0);
      durable.set(node.id, 0);
    },
    onWrite(node, _ops, batch) {
      mustLive(node, "writes");
      const last = written.get(node.id) ?? 0;
      if (batch !== last + 1) fail(`${node.id} writes batch ${batch} after ${last}`);
      written.set(node.id, batch);
    },
    onDurable(node, batch) {
      mustLive(node, "hears of a sync");
      const last = durable.get(node.id) ?? 0;
      const known = written.get(node.id) ?? 0;
      if (batch < last || batch > known) fail(`${node.id} is told ${batch} after ${last}`);
      durable.set(node.id, batch);
    },
    onSend(node, to, messages) {
      mustLive(node, "speaks");
      const record = ledger.of(node);
      for (const msg of messages) {
        if (!isOfRelation(record, to, msg)) {
          const { role, epoch, attempt } = record.now;
          const now = `${role} in epoch ${epoch}, attempt ${attempt}`;
          fail(`${node.id} sends ${to} a ${msg.t} of a relation that is over: it is ${now}`);
        }
      }
    },
  };
}

function isOfRelation({ now, recent }: NodeRecord, to: string, msg: PeerMessage): boolean {
  if (fits(now, to, msg) || recent.some((standing) => fits(standing, to, msg))) return true;
  if (msg.t !== "cepoch" && msg.t !== "ackEpoch") return false;
  // Attempts are counted: those begun in this turn are newer than what it began with.
  return msg.attempt > (recent[0]?.attempt ?? 0) && msg.attempt <= now.attempt;
}

function fits(standing: Standing, to: string, msg: PeerMessage): boolean {
  const { role, leader, epoch, attempt } = standing;
  switch (msg.t) {
    case "cepoch":
    case "ackEpoch":
      return leader === to && attempt === msg.attempt;
    case "ack":
    case "pong":
    case "forward":
      return role === "FOLLOWING" && leader === to && epoch === msg.epoch;
    case "readIndex":
      return role === "FOLLOWING" && leader === to;
    case "newEpoch":
    case "sync":
    case "propose":
    case "upToDate":
    case "admit":
    case "commit":
    case "ping":
      return role === "LEADING" && epoch === msg.epoch;
    case "readIndexReply":
      return !msg.ok || role === "LEADING";
    default:
      return true;
  }
}

function fail(what: string): never {
  throw new Violation("NoZombie", what);
}
