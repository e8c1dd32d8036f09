/**
 * What a leader and a learner have said to each other so far, as each of them said it: the order of
 * their words, whatever the network makes of it. A relation is one attempt of one life of the
 * learner to follow, in one epoch.
 */
import { maxZxid } from "../../../nodes/zab/core.js";
import type { Zxid } from "../../../nodes/zab/zxid.js";

/** How far a leader has come with a learner. */
export type Stage = "PROMISING" | "PROMISED" | "SNAPSHOT" | "STREAM" | "SERVING";

export interface Relation {
  readonly epoch: number;
  readonly attempt: number;
  stage: Stage;
  /** Chunks of a snapshot sent, and still to come. */
  chunk: number;
  chunksLeft: number;
  /** Where the stream stands. */
  sent: Zxid;
  /** The newest entry sent, undefined before the sync. */
  newest: Zxid | undefined;
  /** Whether upToDate was ever said. */
  served: boolean;
  /** The newest commit that was told by itself. */
  committed: Zxid;
}

export interface Conversation {
  /** The learner's, when the newest relation began. */
  life: number;
  /**
   * Of that life, newest last: a cepoch that comes late may make a leader begin an older attempt
   * again.
   */
  relations: Relation[];
  /** The newest ack of that life, by epoch: it holds for all attempts. */
  acked: Map<number, Zxid>;
  /** The newest ping, by epoch: pings come before newEpoch, too. */
  readonly pings: Map<number, number>;
}

export function createConversation(): Conversation {
  return { life: 0, relations: [], acked: new Map(), pings: new Map() };
}

/** newEpoch: what was said in the same attempt and epoch may still be answered, and was heard. */
export function begin(talk: Conversation, life: number, epoch: number, attempt: number): void {
  if (talk.life !== life) Object.assign(talk, { life, relations: [], acked: new Map() });
  const before = relationOf(talk, epoch, attempt);
  talk.relations.push({
    epoch,
    attempt,
    stage: before === undefined || before.stage === "PROMISING" ? "PROMISING" : "PROMISED",
    chunk: 0,
    chunksLeft: 0,
    sent: 0n,
    newest: before?.newest,
    served: before?.served ?? false,
    committed: before?.committed ?? 0n,
  });
}

/** The newest one of that epoch and attempt. */
export function relationOf(
  { relations }: Conversation,
  epoch: number,
  attempt: number,
): Relation | undefined {
  return relations.findLast((one) => one.epoch === epoch && one.attempt === attempt);
}

export function noteSent(relation: Relation, zxid: Zxid): void {
  relation.sent = zxid;
  relation.newest = maxZxid(relation.newest ?? 0n, zxid);
}

export function noteAcked(talk: Conversation, epoch: number, zxid: Zxid): void {
  talk.acked.set(epoch, maxZxid(talk.acked.get(epoch) ?? 0n, zxid));
}
