/**
 * What happens to a player's screen, one message after the other: session and message in, session
 * and effects out. Pure; whoever runs it carries the effects out and sends back what comes of them.
 */
import type { Transaction } from "../game/transaction.js";
import { formatZxid } from "../game/zxid.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { Snapshot } from "../gen/zabble/v1/game_pb.js";
import type { ClusterModel } from "./cluster-model.js";
import { hasLeader } from "./has-leader.js";
import { extendLiveLog, liveLogOf, withEarlier } from "./live-log.js";
import type { PastStretch } from "./past-reader.js";
import {
  afterPastFailed,
  afterPastProgress,
  afterPastRead,
  type Move,
  type ReadPast,
  travelled,
} from "./past-update.js";
import { judge, type PendingCommand, type Wish, wishInWords } from "./pending-command.js";
import { type Message, type Session, said } from "./session-model.js";
import type { ConnectionChange } from "./watch.js";
import type { CommandOutcome } from "./zabble-client.js";

/** More than anybody gives by hand while a leader is elected. */
const PENDING_MAX = 20;

/** What a player did is told for so long, whatever else there is to tell. */
const OWN_NEWS_MS = 3000;

/** A node that lost sight of its leader for less did not lose it. */
const GLIMPSE_MS = 1000;

/** Good news and hints are told for this long, bad news for longer. */
const MESSAGE_MS = { good: 10_000, info: 10_000, pending: 60_000, bad: 30_000 } as const;

export type SessionMessage =
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | {
      readonly type: "transactions";
      readonly transactions: readonly Transaction[];
      readonly seen: bigint;
    }
  | { readonly type: "status"; readonly status: NodeStatus }
  | { readonly type: "connection"; readonly change: ConnectionChange }
  | { readonly type: "cluster"; readonly cluster: ClusterModel }
  /** Transactions from before the snapshot, oldest first. */
  | { readonly type: "earlier"; readonly transactions: readonly Transaction[] }
  | { readonly type: "wish"; readonly wish: Wish; readonly requestId: string }
  | { readonly type: "outcome"; readonly requestId: string; readonly outcome: CommandOutcome }
  | { readonly type: "enterRoom"; readonly room: string }
  | { readonly type: "player"; readonly player: string | undefined }
  /** A move through the past, or into it and out of it. */
  | { readonly type: "travel"; readonly move: Move }
  /** What comes of "readPast", by its id: nobody waits any more for what was asked before. */
  | { readonly type: "pastProgress"; readonly readId: number; readonly done: number }
  | { readonly type: "pastRead"; readonly readId: number; readonly stretch: PastStretch }
  | { readonly type: "pastFailed"; readonly readId: number; readonly words: string }
  /** Time has passed: what was said long ago is said no more. */
  | { readonly type: "tick" }
  | { readonly type: "say"; readonly kind: Message["kind"]; readonly text: string };

export type SessionEffect =
  /** Hand it to a client; its answer comes back as "outcome". */
  | { readonly type: "send"; readonly command: PendingCommand }
  /** Read what was committed up to there; it comes back as "earlier". */
  | { readonly type: "readEarlier"; readonly before: bigint }
  /** Read a stretch of the room's log around a place; it comes back as "pastRead". */
  | ReadPast
  /** Nobody waits any more for what was asked to be read. */
  | { readonly type: "stopPast" }
  /** The cluster changed: ask all nodes now. */
  | { readonly type: "pollCluster" };

export interface SessionStep {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}

/** `nowMs` is the client's clock. */
export function updateSession(
  session: Session,
  message: SessionMessage,
  nowMs: number,
): SessionStep {
  switch (message.type) {
    case "snapshot":
      return afterSnapshot(session, message.snapshot, nowMs);
    case "transactions":
      return afterCommitted(session, message.transactions, message.seen, nowMs);
    case "status":
      return afterStatus(session, message.status, nowMs);
    case "connection":
      return step(afterConnection(session, message.change, nowMs));
    case "cluster":
      return step({ ...session, cluster: message.cluster });
    case "earlier":
      if (session.live === undefined) return step(session);
      return step({ ...session, live: withEarlier(session.live, message.transactions) });
    case "wish":
      return afterWish(session, message.wish, message.requestId, nowMs);
    case "outcome":
      return afterOutcome(session, message.requestId, message.outcome, nowMs);
    case "enterRoom": {
      const there = { ...session, room: message.room, past: undefined, message: undefined };
      return step(there, ...stopsReading(session));
    }
    case "player":
      return step({ ...session, player: message.player });
    case "travel": {
      const { session: next, effects } = travelled(session, message.move, nowMs);
      if (message.move.kind !== "leave") return step(next, ...effects);
      return step(next, ...effects, ...stopsReading(session));
    }
    case "pastProgress":
      return step(afterPastProgress(session, message.readId, message.done));
    case "pastRead":
      return afterPastRead(session, message.readId, message.stretch, nowMs);
    case "pastFailed":
      return step(afterPastFailed(session, message.readId, message.words, nowMs));
    case "tick":
      return step(afterTick(session, nowMs));
    case "say":
      return step(said(session, message.kind, message.text, nowMs));
  }
}

function step(session: Session, ...effects: readonly SessionEffect[]): SessionStep {
  return { session, effects };
}

function stopsReading({ past }: Session): readonly SessionEffect[] {
  return past?.reading === undefined ? [] : [{ type: "stopPast" }];
}

/** The snapshot may hold, without a word, what was waited for. */
function afterSnapshot(before: Session, snapshot: Snapshot, nowMs: number): SessionStep {
  const live = liveLogOf(snapshot, before.live);
  const session = toldOfSnapshot(before, live.now.zxid, nowMs);
  const next = { ...session, live };
  const isIn = ({ zxid }: PendingCommand): boolean => zxid !== undefined && zxid <= snapshot.zxid;
  const done = session.pending.filter(isIn).at(-1);
  const pending = session.pending.filter((command) => !isIn(command));
  const read = { type: "readEarlier", before: live.base.zxid } as const;
  if (done?.zxid === undefined) return step(next, read);
  return step(
    said({ ...next, pending }, "good", committedInWords(done.wish, done.zxid), nowMs),
    read,
  );
}

/** What a snapshot in the place of what was missed means for somebody who had seen more or less. */
function toldOfSnapshot(session: Session, zxid: bigint, nowMs: number): Session {
  const { live, wasLost } = session;
  const next = { ...session, wasLost: false };
  if (live !== undefined && zxid < live.now.zxid) {
    // Only a quorum can say so: the cluster's disks were lost or replaced.
    const words = `the cluster's log ends at ${formatZxid(zxid)}: what was seen after it is gone`;
    return said({ ...next, past: undefined }, "bad", words, nowMs);
  }
  if (!wasLost) return next;
  return said(next, "good", `connected again, as of ${formatZxid(zxid)}`, nowMs);
}

/** The stream goes on where it broke off. */
function toldOfResume(session: Session, nowMs: number): Session {
  if (!session.wasLost) return session;
  const words = `connected to ${session.connection.server} again, nothing was missed`;
  return said({ ...session, wasLost: false }, "good", words, nowMs);
}

/** What the player gave is seen in the stream: only now it has happened. */
function afterCommitted(
  before: Session,
  transactions: readonly Transaction[],
  seen: bigint,
  nowMs: number,
): SessionStep {
  const session = toldOfResume(before, nowMs);
  if (session.live === undefined) return step(session);
  const live = extendLiveLog(session.live, transactions, seen);
  const next = { ...session, live };
  if (session.pending.length === 0) return step(next);
  const places = new Map(transactions.map(({ requestId, zxid }) => [requestId, zxid]));
  const done = session.pending.filter(({ requestId }) => places.has(requestId));
  const last = done.at(-1);
  if (last === undefined) return step(next);
  const pending = session.pending.filter((command) => !done.includes(command));
  const zxid = formatZxid(places.get(last.requestId) ?? seen);
  const tookMs = Math.round(nowMs - last.givenAtMs);
  const again = last.sends > 1 ? `, sent ${last.sends} times, happened once` : "";
  const words = `${wishInWords(last.wish)} is committed (${zxid}, ${tookMs} ms${again})`;
  return step(said({ ...next, pending }, "good", words, nowMs));
}

function afterStatus(unresumed: Session, status: NodeStatus, nowMs: number): SessionStep {
  const session = toldOfResume(unresumed, nowMs);
  const before = session.status;
  const same =
    before !== undefined &&
    before.nodeId === status.nodeId &&
    before.leaderId === status.leaderId &&
    before.role === status.role &&
    before.phase === status.phase;
  if (same) return step({ ...session, status });
  // How long a node has been without a leader counts from the first status that says so.
  const leaderless = before !== undefined && !hasLeader(before) && !hasLeader(status);
  const statusSinceMs = leaderless ? session.statusSinceMs : nowMs;
  const next = { ...session, status, statusSinceMs };
  const found = before !== undefined && !hasLeader(before) && hasLeader(status);
  // What another node went through is not this one's story.
  const isStory = found && before.nodeId === status.nodeId && session.live !== undefined;
  if (!isStory) return step(next, { type: "pollCluster" });
  const tookMs = Math.round(nowMs - session.statusSinceMs);
  const { nodeId, leaderId, epoch } = status;
  const isSameLeader = epoch === before.epoch;
  if (isSameLeader && tookMs < GLIMPSE_MS) return step(next, { type: "pollCluster" });
  const words = isSameLeader
    ? `${nodeId} is in touch with ${leaderId} again, after ${tookMs} ms`
    : `${nodeId} had no leader for ${tookMs} ms; ${leaderId} leads epoch ${epoch}`;
  return step(saidToo(next, words, nowMs), { type: "pollCluster" });
}

/** Good news, beside what the player has just done. */
function saidToo(session: Session, words: string, nowMs: number): Session {
  const { message } = session;
  const isNew = message?.kind === "good" && nowMs - message.atMs < OWN_NEWS_MS;
  return said(session, "good", isNew ? `${message.text}; ${words}` : words, nowMs);
}

function afterConnection(session: Session, change: ConnectionChange, nowMs: number): Session {
  const wasLive = session.connection.state === "live";
  const isLive = change.state === "live";
  const sinceMs = wasLive === isLive ? session.connection.sinceMs : nowMs;
  const next = { ...session, connection: { ...change, sinceMs } };
  if (change.state !== "lost" || session.live === undefined) return next;
  // What went well before the stream broke off must not stand beside the news that it did.
  const message = session.message?.kind === "good" ? undefined : session.message;
  return { ...next, message, wasLost: true };
}

function afterWish(session: Session, wish: Wish, requestId: string, nowMs: number): SessionStep {
  const { player, room } = session;
  if (player === undefined) {
    return step(said(session, "bad", "you only watch: choose a name first", nowMs));
  }
  const sameRoom = session.pending.filter((one) => one.room === room);
  if (wish.kind === "close" && sameRoom.some((one) => one.wish.kind === "close")) {
    return step(said(session, "info", "closing the round is on its way already", nowMs));
  }
  if (session.pending.length >= PENDING_MAX) {
    const words = `${PENDING_MAX} commands wait already; wait for one of them`;
    return step(said(session, "bad", words, nowMs));
  }
  const command = {
    requestId,
    wish,
    room,
    player,
    givenAtMs: nowMs,
    sends: 1,
    zxid: undefined,
    inDoubt: false,
  };
  const next = { ...session, pending: [...session.pending, command] };
  const words = `${wishInWords(wish)} is on its way`;
  return step(said(next, "pending", words, nowMs), { type: "send", command });
}

function afterOutcome(
  session: Session,
  requestId: string,
  outcome: CommandOutcome,
  nowMs: number,
): SessionStep {
  const waiting = session.pending.find((command) => command.requestId === requestId);
  // The stream was faster than the answer.
  if (waiting === undefined) return step(session);
  const others = session.pending.filter((command) => command !== waiting);
  if (outcome.kind === "committed" && hasSeen(session, outcome.zxid)) {
    // A resumed screen was given a snapshot that holds it already.
    const words = committedInWords(waiting.wish, outcome.zxid);
    return step(said({ ...session, pending: others }, "good", words, nowMs));
  }
  const verdict = judge(waiting, outcome, nowMs);
  if (verdict.kind === "wait") {
    const known = { ...waiting, zxid: verdict.zxid };
    const pending = session.pending.map((one) => (one === waiting ? known : one));
    return step({ ...session, pending });
  }
  if (verdict.kind === "over") {
    return step(said({ ...session, pending: others }, "bad", verdict.words, nowMs));
  }
  const inDoubt = waiting.inDoubt || outcome.kind === "unknown";
  const command = { ...waiting, sends: waiting.sends + 1, inDoubt };
  const pending = session.pending.map((one) => (one === waiting ? command : one));
  const next = said({ ...session, pending }, "pending", verdict.words, nowMs);
  return step(next, { type: "send", command });
}

function hasSeen({ live }: Session, zxid: bigint): boolean {
  return live !== undefined && live.now.zxid >= zxid;
}

function afterTick(session: Session, nowMs: number): Session {
  const { message } = session;
  const isOld = message !== undefined && nowMs - message.atMs > MESSAGE_MS[message.kind];
  return isOld ? { ...session, message: undefined } : session;
}

function committedInWords(wish: Wish, zxid: bigint): string {
  return `${wishInWords(wish)} is committed (${formatZxid(zxid)})`;
}
