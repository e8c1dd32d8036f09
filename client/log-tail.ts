/**
 * The newest end of the log, of all rooms, for a screen that has just begun to watch; and one page
 * of the log as a value, for whoever reads more of it. ListEvents reads forward only, but zxids
 * count by one inside an epoch and each transaction names the one before it, so where the end
 * begins can be worked out: the whole log is never read.
 */
import { InvariantError } from "../game/invariant-error.js";
import type { Transaction } from "../game/transaction.js";
import { transactionFromMessage } from "../game/transaction-message.js";
import { counterOf, epochOf, zxidOf } from "../game/zxid.js";
import type { ZabbleClient } from "./zabble-client.js";

/** The most that servers put into one page. */
export const PAGE_MAX = 1000;

/** However many epochs there are; what they do not give is left out. */
const CALLS_MAX = 8;

/** Where epochs are so short that many are needed, each step back spans this many times more. */
const SPAN_GROWTH = 8;

export type PageRead =
  | {
      readonly ok: true;
      readonly transactions: readonly Transaction[];
      /** Where the next page begins. */
      readonly nextZxid: bigint;
      /** Nothing that the server knows to be committed lies behind `nextZxid`. */
      readonly end: boolean;
      /** The oldest that the server keeps. */
      readonly oldestZxid: bigint;
    }
  | { readonly ok: false; readonly message: string };

export interface LogTailOptions {
  readonly listEvents: ZabbleClient["listEvents"];
  /** The newest zxid wanted. */
  readonly before: bigint;
  readonly count: number;
  /** No more calls are made after it aborted. */
  readonly signal: AbortSignal;
}

/**
 * The newest `count` committed transactions up to and with `before`, oldest first and without a
 * gap. Fewer if the log that is kept begins later, if the answering server has not come as far as
 * `before`, or if a great many short epochs lie there; none if no server answers. Never rejects.
 */
export async function readLogTail(options: LogTailOptions): Promise<readonly Transaction[]> {
  const { listEvents, before, count, signal } = options;
  let tail: readonly Transaction[] = [];
  /** The newest that is missing. */
  let end = before;
  let span = 1;
  for (let call = 1; call <= CALLS_MAX && end > 0n && !signal.aborted; call++) {
    const missing = Math.min(count - tail.length, PAGE_MAX);
    if (missing <= 0) break;
    const inEpoch = counterOf(end) + 1;
    const isDirect = inEpoch >= missing;
    const epoch = Math.max(1, epochOf(end) - span + 1);
    const afterZxid = isDirect ? end - BigInt(missing) : zxidOf(epoch, 0) - 1n;
    const limit = isDirect ? missing : span === 1 ? inEpoch : PAGE_MAX;
    const page = await readPage(listEvents, { room: "", afterZxid, limit });
    if (!page.ok) break;
    const piece = page.transactions.filter(({ zxid }) => zxid <= end);
    const [first] = piece;
    // Only at the very end a piece may stop short: that is as far as this server has come.
    const fits = piece.at(-1)?.zxid === end || tail.length === 0;
    if (first !== undefined && fits) {
      tail = piece.slice(-missing).concat(tail);
      end = first.prev;
      if (end < page.oldestZxid) break;
      span *= SPAN_GROWTH;
    } else if (span > 1 && !isDirect) {
      // More lies between than a page holds: the next epoch alone will fit.
      span = 1;
    } else {
      break;
    }
  }
  return tail;
}

/** One page of the log. Never rejects. */
export async function readPage(
  listEvents: ZabbleClient["listEvents"],
  query: Parameters<ZabbleClient["listEvents"]>[0],
): Promise<PageRead> {
  const outcome = await listEvents(query);
  if (outcome.kind !== "ok") return { ok: false, message: outcome.message };
  const { nextZxid, end, oldestZxid } = outcome.value;
  try {
    const transactions = outcome.value.transactions.map(transactionFromMessage);
    return { ok: true, transactions, nextZxid, end, oldestZxid };
  } catch (error) {
    // Whoever only looks at the past can do without what a newer program wrote there.
    if (error instanceof InvariantError) return { ok: false, message: error.message };
    throw error;
  }
}
