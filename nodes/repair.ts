/**
 * What a node does before it takes part, if lines of its log cannot be read: it asks the others for
 * exactly the entries that were there, and answers the like of them meanwhile. It neither votes nor
 * serves; it knows no files, so it runs on simulated links, clock and disk as well.
 *
 * One question to one peer at a time. A peer that has nothing is asked again after a while, for it
 * may have caught up, or been repaired itself. Nothing is given up while it may still come: only
 * when a quorum of others does not have it, for then it was never committed or is in a snapshot.
 */
import type { Clock } from "./clock.js";
import { createFetchDesk } from "./fetch-desk.js";
import type { Logger } from "./logger.js";
import type { LinkListener, Links } from "./rpc/links.js";
import type { PeerMessage } from "./rpc/peer-message.js";
import type { LogPosition } from "./store/chain.js";
import { continues, isClosed, isOneEpoch, wantOf } from "./store/hole.js";
import type { DamagedLog, Held, Hole, Lack, Want } from "./store/storage.js";
import type { Entry, NodeId } from "./zab/entry.js";

/** How often time is looked at. */
const LOOK_MS = 250;

/** A peer that has not answered in this time is asked again later. */
const ANSWER_MS = 1000;

/** A peer that had nothing is asked again after this time. */
const ASK_AGAIN_MS = 1000;

/** So long after the last success is looked for entries that a start can do without. */
const NOT_NEEDED_MS = 10_000;

/** How often a node that waits says for what and for whom. */
const SAY_MS = 5000;

export interface RepairOptions {
  readonly nodeId: NodeId;
  /** All voters, this one too. */
  readonly voters: readonly NodeId[];
  readonly quorum: number;
  readonly clock: Clock;
  readonly links: Links;
  readonly damaged: DamagedLog;
  readonly log: Logger;
  /** Called once, and then nothing more is asked or answered here. */
  readonly done: (outcome: RepairOutcome) => void;
}

export type RepairOutcome =
  /** No hole is left: the log is to be opened as any other. */
  | { readonly kind: "whole" }
  /**
   * A quorum of others does not have what is missing, or something else was lost as well. The node
   * is to begin anew, as one that does not count until it is admitted; that is safe at any time.
   */
  | { readonly kind: "hopeless"; readonly why: string };

export interface Repair {
  /** Starts the links and begins to ask. */
  start(): void;
  /**
   * The same links for the node that goes on here, to be started again by it: it hears of those
   * that are up as if they had come up just then. Only after `done`.
   */
  readonly handedOver: Links;
  /** Gives up: nothing more is asked or answered. The links are the caller's. */
  close(): void;
}

/** The hole that is worked on. */
interface Work {
  readonly hole: Hole;
  /** What was fetched so far, and where that ends. */
  entries: Entry[];
  at: LogPosition;
  /** Who gave any of it. */
  readonly givers: Set<NodeId>;
  /** Who gave the newest of it, and may have more. */
  giver: NodeId | undefined;
  /** Who had nothing when asked last. */
  readonly without: Map<NodeId, { readonly lack: Lack | "silent"; readonly atMs: number }>;
}

export function createRepair(options: RepairOptions): Repair {
  const { nodeId, clock, links, damaged, log, done } = options;
  const others = options.voters.filter((id) => id !== nodeId);
  /** So many that do not have it prove that it is not needed from anyone. */
  const enough = Math.min(options.quorum, others.length);
  const desk = createFetchDesk({
    source: damaged,
    isSure: () => true,
    reply: (to, msg) => links.send(to, [msg]),
  });
  let listener: LinkListener = { onUp: ask, onDown: forget, onMessages };
  let work: Work | undefined;
  let asked: { readonly peer: NodeId; readonly want: Want; readonly atMs: number } | undefined;
  let isWriting = false;
  let isOver = false;
  let saidAtMs = clock.nowMs();
  let tookAtMs = clock.nowMs();
  let stopTimer = (): void => {};

  function end(outcome: RepairOutcome): void {
    if (isOver) return;
    close();
    done(outcome);
  }

  function close(): void {
    isOver = true;
    stopTimer();
  }

  function fields({ file, firstLine, lastLine, before, after }: Hole): Record<string, unknown> {
    const lines = firstLine === lastLine ? `${firstLine}` : `${firstLine}-${lastLine}`;
    return { file, lines, after: before.zxid, upTo: after.zxid };
  }

  /** The oldest hole; undefined if all are filled. */
  function currentWork(): Work | undefined {
    const [hole] = damaged.holes;
    if (hole === undefined) {
      work = undefined;
    } else if (work?.hole !== hole) {
      const at = hole.before;
      const givers = new Set<NodeId>();
      work = { hole, entries: [], at, givers, giver: undefined, without: new Map() };
    }
    return work;
  }

  /** Does the next thing there is to do, if nothing is under way. */
  function ask(): void {
    if (isOver || isWriting || asked !== undefined) return;
    const now = currentWork();
    if (now === undefined) {
      end({ kind: "whole" });
    } else if (isClosed(now.hole, now.at)) {
      fill(now);
    } else {
      const peer = nextPeer(now);
      if (peer === undefined) return;
      const want = wantOf(now.hole, now.at);
      asked = { peer, want, atMs: clock.nowMs() };
      links.send(peer, [{ t: "fetch", want }]);
    }
  }

  /** Whoever gave before is asked first; whoever had nothing, not again at once. */
  function nextPeer({ without, giver }: Work): NodeId | undefined {
    if (giver !== undefined) return giver;
    const up = links.connected();
    const now = clock.nowMs();
    const able = others.filter((id) => {
      const answer = without.get(id);
      return up.includes(id) && (answer === undefined || now - answer.atMs >= ASK_AGAIN_MS);
    });
    return oldestAnswer(able, without);
  }

  function oldestAnswer(able: readonly NodeId[], without: Work["without"]): NodeId | undefined {
    const atMs = (id: NodeId) => without.get(id)?.atMs ?? Number.NEGATIVE_INFINITY;
    return [...able].sort((a, b) => atMs(a) - atMs(b))[0];
  }

  function onMessages(peer: NodeId, messages: readonly PeerMessage[]): void {
    for (const msg of messages) {
      if (isOver) return;
      if (msg.t === "fetch") desk.onFetch(peer, msg.want);
      else if (msg.t === "fetched") onFetched(peer, msg.want, msg.held);
    }
  }

  function onFetched(peer: NodeId, want: Want, held: Held): void {
    // Not of a question that was given up: what is asked now is the place that is worked on.
    if (asked?.peer !== peer || asked.want.after.zxid !== want.after.zxid) return;
    asked = undefined;
    const now = currentWork();
    if (now === undefined) return;
    const lack = held.lack ?? takeAll(now, held.entries);
    if (lack === undefined) {
      tookAtMs = clock.nowMs();
      now.givers.add(peer);
      now.giver = peer;
      // What the others said was of an earlier place. Where the end of an epoch is missing they
      // said it of the whole hole, and this may be a foreign end that leads nowhere.
      if (isOneEpoch(now.hole)) now.without.clear();
    } else {
      lacks(now, peer, lack);
    }
    ask();
  }

  /** Takes what continues the log until the hole is closed; "never" if something does not. */
  function takeAll(now: Work, entries: readonly Entry[]): Lack | undefined {
    for (const entry of entries) {
      if (isClosed(now.hole, now.at)) break;
      if (!continues(now.at, entry)) return "never";
      now.entries.push(entry);
      now.at = entry;
    }
    return undefined;
  }

  function lacks(now: Work, peer: NodeId, lack: Lack | "silent"): void {
    now.without.set(peer, { lack, atMs: clock.nowMs() });
    leave(now);
    considerGivingUp(now);
  }

  /** Goes on with another peer. */
  function leave(now: Work): void {
    now.giver = undefined;
    if (isOneEpoch(now.hole)) return;
    // Where one epoch ends and another begins, two nodes may have held different entries.
    now.entries = [];
    now.at = now.hole.before;
    now.givers.clear();
  }

  /** Who said that it does not have what is missing here. */
  function deniers({ without }: Work): NodeId[] {
    return [...without].flatMap(([id, { lack }]) =>
      lack === "gone" || lack === "never" ? [id] : [],
    );
  }

  function considerGivingUp(now: Work): void {
    const no = deniers(now);
    if (now.hole.isNeeded) {
      if (no.length < enough) return;
      const who = no.join(", ");
      end({ kind: "hopeless", why: `${who} do not have what is missing in ${now.hole.file}` });
      return;
    }
    const isAnswered = links.connected().every((id) => now.without.has(id));
    const isEnough = isAnswered && clock.nowMs() - tookAtMs >= NOT_NEEDED_MS;
    if (no.length < others.length && !isEnough) return;
    isWriting = true;
    asked = undefined;
    log.warn("the log begins later: nobody has these old entries", fields(now.hole));
    damaged.leaveOut(now.hole, wrote);
  }

  function fill(now: Work): void {
    isWriting = true;
    const { hole, entries, givers } = now;
    damaged.fill(hole, entries, (fits) => {
      const from = [...givers].join(" ");
      if (fits) {
        log.info("repaired", { ...fields(hole), entries: entries.length, from });
        wrote();
      } else {
        end({ kind: "hopeless", why: `something else was lost with the entries in ${hole.file}` });
      }
    });
  }

  function wrote(): void {
    isWriting = false;
    ask();
  }

  function forget(peer: NodeId): void {
    work?.without.delete(peer);
    if (work?.giver === peer) leave(work);
    if (asked?.peer === peer) asked = undefined;
    ask();
  }

  function look(): void {
    if (isWriting) return;
    const now = currentWork();
    if (asked !== undefined && clock.nowMs() - asked.atMs >= ANSWER_MS) {
      const { peer } = asked;
      asked = undefined;
      if (now !== undefined) lacks(now, peer, "silent");
    } else if (now !== undefined) {
      considerGivingUp(now);
    }
    ask();
    if (work !== undefined && clock.nowMs() - saidAtMs >= SAY_MS) say(work);
  }

  function say(now: Work): void {
    saidAtMs = clock.nowMs();
    const no = deniers(now);
    const waitsFor = others.filter((id) => !no.includes(id)).join(" ");
    const state = { fetched: now.entries.length, waitsFor, without: no.join(" ") };
    log.warn("waits for entries that its disk has lost", { ...fields(now.hole), ...state });
  }

  return {
    start() {
      for (const hole of damaged.holes) log.warn("damaged: cannot be read", fields(hole));
      stopTimer = clock.every(LOOK_MS, look);
      links.start({
        onUp: (peer) => listener.onUp(peer),
        onDown: (peer) => listener.onDown(peer),
        onMessages: (peer, messages) => listener.onMessages(peer, messages),
      });
      ask();
    },
    handedOver: {
      ...links,
      start(next) {
        listener = next;
        for (const peer of links.connected()) next.onUp(peer);
      },
    },
    close,
  };
}
