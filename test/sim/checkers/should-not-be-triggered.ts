/**
 * ShouldNotBeTriggered: no message leaves where the protocol has no place for it. Between a leader
 * and a learner all goes by one order (message.ts), and each side's next message must fit what was
 * said so far:
 *
 *   newEpoch         begins the relation anew; said twice for one attempt if cepoch was
 *   ackEpoch         answers the newEpoch of that attempt
 *   sync             once, after the ackEpoch, from a leader beyond discovery
 *   snapChunk        all of them, in order, after a sync that announced them
 *   propose          of that epoch, begins where the last one ended
 *   ack              up to what was sent
 *   upToDate         once, after an ack of the marker
 *   commit           after upToDate, of that epoch, never less than before; it may name more than
 *                    was sent
 *   admit            after upToDate
 *   pong             answers a ping of the epoch that was promised
 *   forward, readIndex  to a leader that said upToDate
 */
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import { zxidOf } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import {
  begin,
  type Conversation,
  createConversation,
  noteAcked,
  noteSent,
  type Relation,
  relationOf,
} from "./conversation.js";
import type { Standing } from "./ledger.js";

/** What only a leader says to a learner, and what only a learner says to a leader. */
const LEADERS: ReadonlySet<PeerMessage["t"]> = new Set([
  "newEpoch",
  "sync",
  "snapChunk",
  "propose",
  "upToDate",
  "commit",
  "admit",
  "ping",
] as const);
const LEARNERS: ReadonlySet<PeerMessage["t"]> = new Set([
  "ackEpoch",
  "ack",
  "pong",
  "forward",
  "readIndex",
] as const);

export function shouldNotBeTriggered({ cluster, ledger }: CheckContext): Checker {
  const byId = new Map(cluster.nodes.map((node) => [node.id, node]));
  /** By leader, then learner. */
  const talks = new Map<string, Map<string, Conversation>>();

  function talkOf(leader: string, learner: string): Conversation {
    const ofLeader = talks.get(leader) ?? new Map<string, Conversation>();
    talks.set(leader, ofLeader);
    const talk = ofLeader.get(learner) ?? createConversation();
    ofLeader.set(learner, talk);
    return talk;
  }

  /** Whether the message has a place in what was said so far, to which it is added. */
  function hasPlace(node: SimNode, to: string, msg: PeerMessage): boolean {
    if (LEARNERS.has(msg.t)) return mayFollow(talkOf(to, node.id), msg);
    if (!LEADERS.has(msg.t)) return true;
    const talk = talkOf(node.id, to);
    if (msg.t !== "newEpoch") return mayLead(talk, msg, ledger.of(node).recent.some(isProven));
    begin(talk, byId.get(to)?.life ?? 0, msg.epoch, msg.attempt);
    return true;
  }

  return {
    onSend(node, to, messages) {
      for (const msg of messages) {
        if (hasPlace(node, to, msg)) continue;
        const talk = LEADERS.has(msg.t) ? talkOf(node.id, to) : talkOf(to, node.id);
        const stage = talk.relations.at(-1)?.stage ?? "no relation";
        throw new Violation("ShouldNotBeTriggered", `${node.id} to ${to}: ${msg.t} in ${stage}`);
      }
    },
  };
}

function isProven({ role, phase }: Standing): boolean {
  return role === "LEADING" && phase !== "DISCOVERY";
}

function mayLead(talk: Conversation, msg: PeerMessage, proven: boolean): boolean {
  if (msg.t === "ping") {
    talk.pings.set(msg.epoch, msg.n);
    return true;
  }
  const relation = talk.relations.at(-1);
  if (relation === undefined) return false;
  const { stage, sent } = relation;
  switch (msg.t) {
    case "sync":
      relation.stage = msg.mode === "SNAP" ? "SNAPSHOT" : "STREAM";
      relation.chunksLeft = msg.chunks;
      noteSent(relation, msg.zxid);
      return proven && stage === "PROMISED" && relation.attempt === msg.attempt;
    case "snapChunk":
      relation.chunk++;
      relation.chunksLeft--;
      if (relation.chunksLeft === 0) relation.stage = "STREAM";
      return stage === "SNAPSHOT" && msg.index === relation.chunk - 1;
    case "propose":
      noteSent(relation, msg.entries.at(-1)?.zxid ?? sent);
      return (
        (stage === "STREAM" || stage === "SERVING") &&
        msg.prev === sent &&
        msg.epoch === relation.epoch
      );
    case "upToDate":
      relation.stage = "SERVING";
      relation.served = true;
      return stage === "STREAM" && (talk.acked.get(msg.epoch) ?? 0n) >= zxidOf(msg.epoch, 0);
    case "commit": {
      const isNews = msg.zxid >= relation.committed;
      relation.committed = msg.zxid;
      return stage === "SERVING" && msg.epoch === relation.epoch && isNews;
    }
    default:
      // admit
      return stage === "SERVING";
  }
}

/** The newest ones are what is mostly meant. */
function hasOne(talk: Conversation, is: (relation: Relation) => boolean): boolean {
  return talk.relations.findLast(is) !== undefined;
}

function mayFollow(talk: Conversation, msg: PeerMessage): boolean {
  switch (msg.t) {
    case "ackEpoch": {
      const relation = relationOf(talk, msg.epoch, msg.attempt);
      if (relation?.stage !== "PROMISING") return false;
      relation.stage = "PROMISED";
      return true;
    }
    case "ack": {
      noteAcked(talk, msg.epoch, msg.zxid);
      return hasOne(talk, ({ epoch, newest }) => {
        return epoch === msg.epoch && newest !== undefined && msg.zxid <= newest;
      });
    }
    case "pong":
      return (
        msg.n <= (talk.pings.get(msg.epoch) ?? 0) &&
        hasOne(talk, ({ epoch }) => epoch === msg.epoch)
      );
    case "forward":
      return hasOne(talk, ({ epoch, served }) => epoch === msg.epoch && served);
    default:
      // readIndex, which names no epoch
      return hasOne(talk, ({ served }) => served);
  }
}
