/**
 * Test support: nodes that repair, and nodes that answer them, on links and a clock that a test
 * moves by hand. Only for tests.
 */
import type { Clock } from "./clock.js";
import { createFetchDesk } from "./fetch-desk.js";
import type { Logger } from "./logger.js";
import { createRepair, type Repair, type RepairOutcome } from "./repair.js";
import type { LinkListener, Links } from "./rpc/links.js";
import type { PeerMessage } from "./rpc/peer-message.js";
import { heldOf, isClosed } from "./store/hole.js";
import type { DamagedLog, EntrySource, Hole } from "./store/storage.js";
import type { Entry } from "./zab/entry.js";
import { formatZxid } from "./zab/zxid.js";

/** More than any repair here takes before it waits for time to pass. */
const DELIVERIES_MAX = 500;

/** A log in memory, of which some entries cannot be read. */
export interface MemoryLog extends DamagedLog {
  entries: Entry[];
  holes: Hole[];
  /** Holes as "fill 3" or "leave out", in order. */
  readonly done: string[];
  /** What fill answers. */
  fits: boolean;
  /** While true, what is written is durable only with the next `sync`. */
  slow: boolean;
  sync(): void;
}

/** The hole where the entries at these places of a log are missing. */
export function holeIn(log: readonly Entry[], from: number, to: number, isNeeded = true): Hole {
  const { zxid, crc } = log[from - 1] ?? { zxid: 0n, crc: 0 };
  const after = log[to];
  if (after === undefined) throw new Error("a hole ends before the log does");
  const file = "log.db";
  return { file, firstLine: from, lastLine: to, before: { zxid, crc }, after, isNeeded };
}

export function createMemoryLog(whole: readonly Entry[], holes: readonly Hole[]): MemoryLog {
  const isIn = (zxid: bigint) => (hole: Hole) => hole.before.zxid < zxid && zxid < hole.after.zxid;
  const unsynced: (() => void)[] = [];
  const durable = (done: () => void): void => {
    if (log.slow) unsynced.push(done);
    else done();
  };
  const log: MemoryLog = {
    entries: whole.filter(({ zxid }) => !holes.some(isIn(zxid))),
    holes: [...holes],
    done: [],
    fits: true,
    slow: false,
    sync: () => {
      for (const done of unsynced.splice(0)) done();
    },
    fetch(want, answer) {
      const { zxid } = want.after;
      const isLost = log.holes.some((hole) => hole.before.zxid <= zxid && zxid < hole.after.zxid);
      if (isLost) answer({ entries: [], lack: "unreadable" });
      else answer(answerFrom(log.entries).held(want));
    },
    fill(hole, entries, done) {
      if (!isClosed(hole, entries.at(-1) ?? hole.before)) throw new Error("that is not closed");
      log.done.push(`fill ${entries.length}`);
      log.holes = log.holes.filter((other) => other !== hole);
      log.entries = [...log.entries, ...entries].sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
      durable(() => done(log.fits));
    },
    leaveOut(hole, done) {
      if (!log.holes.includes(hole)) throw new Error("it is left out already");
      log.done.push("leave out");
      log.holes = log.holes.filter((other) => other.before.zxid > hole.before.zxid);
      durable(done);
    },
  };
  return log;
}

/** At most three entries an answer, so that several are needed. */
function answerFrom(entries: readonly Entry[]) {
  const oldest = entries[0]?.zxid ?? 0n;
  return {
    held: (want: Parameters<EntrySource["fetch"]>[0]) =>
      heldOf(want, entries.filter(({ zxid }) => zxid > want.after.zxid).slice(0, 3), oldest),
  };
}

export function sourceOf(entries: () => readonly Entry[]): EntrySource {
  return { fetch: (want, answer) => answer(answerFrom(entries()).held(want)) };
}

export interface RepairRig {
  /** What nodes logged, as "warn text file after..". */
  readonly log: string[];
  /** Frames on links, as "node1>node2 fetch 1.3". */
  readonly sent: string[];
  /** A node that only answers; not linked yet. */
  answers(id: string, source: EntrySource, isSure?: boolean): void;
  /** A node that repairs; its outcome is noted, and then it only answers, if it `goesOn`. */
  repairs(id: string, damaged: DamagedLog, goesOn?: boolean): Repair;
  readonly outcomes: Map<string, RepairOutcome>;
  link(a: string, b: string): void;
  cut(a: string, b: string): void;
  /** From now on everything to this node is lost. */
  deafen(id: string): void;
  /** Delivers all that is on its way, and what comes of it. */
  settle(): void;
  /** Delivers so many frames, the oldest first. */
  deliver(count: number): void;
  /** Lets time pass, settling at each timer. */
  pass(ms: number): void;
  linksOf(id: string): Links;
}

export function createRepairRig(voters: readonly string[], quorum: number): RepairRig {
  const listeners = new Map<string, LinkListener>();
  const links = new Set<string>();
  const deaf = new Set<string>();
  const timers = new Set<{ readonly everyMs: number; dueMs: number; readonly fn: () => void }>();
  let queue: { from: string; to: string; messages: readonly PeerMessage[] }[] = [];
  let nowMs = 0;
  const name = (a: string, b: string) => [a, b].sort().join("-");

  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    every(everyMs, fn) {
      const timer = { everyMs, dueMs: nowMs + everyMs, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    soon: (fn) => fn(),
    next: (fn) => fn(),
  };

  function loggerOf(id: string): Logger {
    const say = (level: string) => (text: string, fields?: Readonly<Record<string, unknown>>) => {
      const words = Object.entries(fields ?? {}).map(
        ([key, value]) => `${key}=${typeof value === "bigint" ? formatZxid(value) : value}`,
      );
      rig.log.push([id, level, text, ...words].join(" "));
    };
    const [info, warn, error] = ["info", "warn", "error"].map(say);
    const none = () => undefined;
    return {
      trace: none,
      debug: none,
      info: info ?? none,
      warn: warn ?? none,
      error: error ?? none,
      isEnabled: () => true,
    };
  }

  function linksOf(id: string): Links {
    return {
      start: (listener) => void listeners.set(id, listener),
      send(to, messages) {
        for (const msg of messages) rig.sent.push(`${id}>${to} ${words(msg)}`);
        if (links.has(name(id, to))) queue.push({ from: id, to, messages });
      },
      connected: () => voters.filter((peer) => peer !== id && links.has(name(id, peer))),
      setFault: () => undefined,
      setPaused: () => undefined,
      close: () => undefined,
    };
  }

  function answerOn(own: Links, source: EntrySource, isSure: boolean): void {
    const reply = (to: string, msg: PeerMessage) => own.send(to, [msg]);
    const desk = createFetchDesk({ source, isSure: () => isSure, reply });
    own.start({
      onUp: () => undefined,
      onDown: () => undefined,
      onMessages(peer, messages) {
        for (const msg of messages) if (msg.t === "fetch") desk.onFetch(peer, msg.want);
      },
    });
  }

  const rig: RepairRig = {
    log: [],
    sent: [],
    outcomes: new Map(),
    linksOf,
    answers: (id, source, isSure = true) => answerOn(linksOf(id), source, isSure),
    repairs(id, damaged, goesOn = true) {
      const done = (outcome: RepairOutcome): void => {
        rig.outcomes.set(id, outcome);
        // As a node does that takes part.
        if (goesOn) answerOn(repair.handedOver, damaged, true);
      };
      const own = { nodeId: id, links: linksOf(id), log: loggerOf(id), damaged, done };
      const repair = createRepair({ ...own, voters, quorum, clock });
      repair.start();
      return repair;
    },
    link(a, b) {
      links.add(name(a, b));
      listeners.get(a)?.onUp(b);
      listeners.get(b)?.onUp(a);
    },
    cut(a, b) {
      links.delete(name(a, b));
      queue = queue.filter(({ from, to }) => name(from, to) !== name(a, b));
      listeners.get(a)?.onDown(b);
      listeners.get(b)?.onDown(a);
    },
    deafen: (id) => void deaf.add(id),
    settle() {
      rig.deliver(DELIVERIES_MAX);
      if (queue.length > 0) throw new Error("they go on talking for ever");
    },
    deliver(count) {
      for (let left = count; left > 0; left--) {
        const next = queue.shift();
        if (next === undefined) return;
        if (!deaf.has(next.to)) listeners.get(next.to)?.onMessages(next.from, next.messages);
      }
    },
    pass(ms) {
      for (const endMs = nowMs + ms; ; ) {
        const next = [...timers].sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined || next.dueMs > endMs) {
          nowMs = endMs;
          return;
        }
        nowMs = next.dueMs;
        next.dueMs += next.everyMs;
        next.fn();
        rig.settle();
      }
    },
  };
  return rig;
}

function words(msg: PeerMessage): string {
  if (msg.t === "fetch") return `fetch ${formatZxid(msg.want.after.zxid)}`;
  if (msg.t === "fetched") return `fetched ${msg.held.lack ?? msg.held.entries.length}`;
  return msg.t;
}
