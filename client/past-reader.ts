/**
 * Random access to one room's history. The state at an old zxid can only be had by folding the log
 * from its beginning: a scan does that once and keeps checkpoints (past-checkpoints.ts), and each
 * stretch is then read again from the nearest of them. It never holds more of the log than one page
 * and the stretch that was asked for.
 */
import { InvariantError } from "../game/invariant-error.js";
import type { Transaction } from "../game/transaction.js";
import { counterOf, epochOf, formatZxid } from "../game/zxid.js";
import { PAGE_MAX, type PageRead, readPage } from "./log-tail.js";
import {
  asKept,
  checkpointAtOrdinal,
  checkpointAtZxid,
  cutLog,
  type FoldedLog,
  foldedOn,
  wholeLog,
} from "./past-checkpoints.js";
import { afterTransactions, type Projection } from "./projection.js";
import type { ZabbleClient } from "./zabble-client.js";

/** A stretch of one room's log, and the state before its first transaction. */
export interface PastStretch {
  readonly room: string;
  /** Holds at most that one room, and the leader. */
  readonly before: Projection;
  /** Of that room, and leader changes; oldest first. They can be folded onto `before`. */
  readonly transactions: readonly Transaction[];
  /** 1 is the first transaction of the room's log as far as it is kept. */
  readonly firstOrdinal: number;
  /** How many there were up to the end of the scan. */
  readonly total: number;
  /** Its last is the newest that the scan saw. */
  readonly reachesEnd: boolean;
  /**
   * Undefined if the log is whole; else the zxid where what is kept begins: scores and rounds count
   * from there, and so do ordinals.
   */
  readonly keptFrom: bigint | undefined;
}

export interface PastFailure {
  readonly ok: false;
  /** Why, for a person. */
  readonly message: string;
}

export type PastPlace = { readonly zxid: bigint } | { readonly ordinal: number };

/** No method rejects, whatever the servers do. */
export interface PastReader {
  /**
   * Reads forward to `until`, or as far as the answering server's log goes. What was read stays
   * read, also if the scan fails: the next one goes on from there. `onProgress`: 0 to 1, estimated,
   * after every page.
   */
  scan(
    until: bigint,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | PastFailure>;
  /**
   * The stretch around the transaction with that zxid or ordinal, or around the last one before it,
   * with up to `around` transactions on each side. It needs a scan that ended well, and sees no
   * more than that one saw.
   */
  stretch(
    at: PastPlace,
    around: number,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly stretch: PastStretch } | PastFailure>;
}

export interface PastReaderOptions {
  readonly room: string;
  readonly listEvents: ZabbleClient["listEvents"];
}

type Page = Extract<PageRead, { readonly ok: true }>;

const STOPPED: PastFailure = { ok: false, message: "Reading the past was stopped." };

export function createPastReader({ room, listEvents }: PastReaderOptions): PastReader {
  /** What all scans together have read. Replaced, never changed: calls may overlap. */
  let read = { log: wholeLog(room), position: 0n };
  /** The same when a scan last ended well. */
  let scanned: FoldedLog | undefined;

  function nextPage(afterZxid: bigint): Promise<PageRead> {
    return readPage(listEvents, { room, afterZxid, limit: PAGE_MAX });
  }

  async function scan(
    until: bigint,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | PastFailure> {
    let from: bigint | undefined;
    while (read.position < until) {
      if (signal.aborted) return STOPPED;
      const { log, position } = read;
      const page = await nextPage(position);
      if (!page.ok) return page;
      // Another call was faster.
      if (read.log !== log) continue;
      if (page.nextZxid <= position && !page.end) return stuck(position);
      // What was counted before the gap can be read no more, so it is forgotten.
      const onto = isGapAfter(position, page) ? cutLog(room, page.oldestZxid) : log;
      const wanted = page.transactions.filter(({ zxid }) => zxid <= until);
      const reached = page.nextZxid < until ? page.nextZxid : until;
      read = { log: foldedOn(onto, wanted), position: reached };
      if (page.end) break;
      from ??= position === 0n ? page.oldestZxid : position;
      onProgress(partDone(from, reached, until));
    }
    scanned = read.log;
    onProgress(1);
    return { ok: true };
  }

  async function stretch(
    log: FoldedLog,
    at: PastPlace,
    around: number,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly stretch: PastStretch } | PastFailure> {
    const { total, keptFrom } = log;
    const near = "zxid" in at ? checkpointAtZxid(log, at.zxid)?.ordinal : at.ordinal;
    const start = checkpointAtOrdinal(log, Math.min(near ?? 0, total) - around - 1);
    let before = start?.projection ?? log.now;
    let firstOrdinal = (start?.ordinal ?? 0) + 1;
    let position = before.zxid;
    /** The last of those up to the place, and the first of those beyond it. */
    const upTo: Transaction[] = [];
    const beyond: Transaction[] = [];
    let isFull = false;
    const nextOrdinal = (): number => firstOrdinal + upTo.length + beyond.length;
    while (nextOrdinal() <= total && !isFull) {
      if (signal.aborted) return STOPPED;
      const page = await nextPage(position);
      if (!page.ok) return page;
      if (isGapAfter(position, page)) {
        read = { log: wholeLog(room), position: 0n };
        return { ok: false, message: "The oldest part of the log is gone: read it again." };
      }
      for (const transaction of page.transactions) {
        if (nextOrdinal() > total || isFull) break;
        const isBeyond = "zxid" in at ? transaction.zxid > at.zxid : nextOrdinal() > at.ordinal;
        if (!isBeyond) upTo.push(asKept(transaction, keptFrom));
        else if (beyond.length < around) beyond.push(asKept(transaction, keptFrom));
        isFull = isBeyond && beyond.length >= around;
      }
      const surplus = upTo.splice(0, Math.max(0, upTo.length - around - 1));
      before = afterTransactions(before, surplus, surplus.at(-1)?.zxid ?? before.zxid);
      firstOrdinal += surplus.length;
      const isShort = page.end || page.nextZxid <= position;
      if (isShort && nextOrdinal() <= total && !isFull) return stuck(page.nextZxid);
      position = page.nextZxid;
    }
    const transactions = [...upTo, ...beyond];
    const reachesEnd = nextOrdinal() > total;
    return {
      ok: true,
      stretch: { room, before, transactions, firstOrdinal, total, reachesEnd, keptFrom },
    };
  }

  return {
    scan: (until, onProgress, signal) => orFailure(() => scan(until, onProgress, signal)),
    async stretch(at, around, signal) {
      const log = scanned;
      if (log === undefined) return { ok: false, message: "The log has not been read yet." };
      return orFailure(() => stretch(log, at, around, signal));
    },
  };
}

/** A log that does not fit together ends the look at the past, not the game. */
async function orFailure<T>(look: () => Promise<T>): Promise<T | PastFailure> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof InvariantError) return { ok: false, message: error.message };
    throw error;
  }
}

/** Whether the server no longer keeps all of what followed `zxid`. */
function isGapAfter(zxid: bigint, { transactions, oldestZxid }: Page): boolean {
  if (oldestZxid <= zxid) return false;
  const [first] = transactions;
  // Changes of leader are in the log of every room, so an oldest that is not in this one has a
  // counter above 0.
  const prev = first?.zxid === oldestZxid ? first.prev : oldestZxid - 1n;
  return prev > zxid;
}

function stuck(zxid: bigint): PastFailure {
  const message = `The server that answers does not go on after ${formatZxid(zxid)} in its log.`;
  return { ok: false, message };
}

/**
 * How much of the way from one zxid to another is done. How many transactions an epoch has is known
 * of the last one only, so each epoch counts as much as any other.
 */
function partDone(from: bigint, at: bigint, until: bigint): number {
  const place = (zxid: bigint): number => {
    const counter = counterOf(zxid);
    const length = epochOf(zxid) === epochOf(until) ? counterOf(until) + 1 : counter + 10_000;
    return epochOf(zxid) + counter / length;
  };
  const whole = place(until) - place(from);
  return whole <= 0 ? 1 : Math.min(1, Math.max(0, (place(at) - place(from)) / whole));
}
