/**
 * A place in the past of one room: a stretch of its log, the transaction last seen, and the state
 * right after it. Moving inside the stretch needs nobody; beyond its ends a new stretch must be
 * read. Pure.
 */
import type { Transaction } from "../game/transaction.js";
import type { LiveLog } from "./live-log.js";
import type { PastStretch } from "./past-reader.js";
import { afterTransactions, type Projection } from "./projection.js";

export type Direction = "older" | "newer";

/** One transaction, the next target of the room, or the next leader. */
export type Stride = "event" | "round" | "leader";

export interface Past {
  readonly room: string;
  readonly stretch: Stretch;
  /** Of `stretch.transactions`, the one that happened last; -1 before the first. */
  readonly index: number;
  /** The state before that transaction and after it. */
  readonly before: Projection;
  readonly after: Projection;
  /** What is being read; undefined if nothing is. */
  readonly reading: Reading | undefined;
}

export interface Reading {
  /** Of the asking; an answer to another one is stale. */
  readonly readId: number;
  /** How much of it is done, 0 to 1. */
  readonly done: number;
  /** Where to stand when it is there; undefined: where one stands then. */
  readonly zxid: bigint | undefined;
  /** Where to stand instead: 0 is the oldest that is kept, 1 the newest. */
  readonly part: number | undefined;
  /** A move that goes on from there. */
  readonly seeking: { readonly stride: Stride; readonly direction: Direction } | undefined;
}

/** A stretch whose place in the whole log may not be known yet. */
export type Stretch = Pick<PastStretch, "before" | "transactions"> & {
  readonly place:
    | Pick<PastStretch, "firstOrdinal" | "total" | "reachesEnd" | "keptFrom">
    | undefined;
};

/** What the screen itself has seen, standing at its end. */
export function pastFromLive(live: LiveLog, room: string): Past {
  const transactions = live.transactions.filter((transaction) => concerns(transaction, room));
  const stretch: Stretch = { before: live.base, transactions, place: undefined };
  return placed(room, stretch, transactions.length - 1);
}

/** A stretch that was read, standing at `zxid` or the transaction before it, else at its first. */
export function pastFromStretch(read: PastStretch, zxid: bigint): Past {
  const { before, transactions, firstOrdinal, total, reachesEnd, keptFrom } = read;
  const place = { firstOrdinal, total, reachesEnd, keptFrom };
  const later = transactions.findIndex((transaction) => transaction.zxid > zxid);
  const index = (later === -1 ? transactions.length : later) - 1;
  return placed(read.room, { before, transactions, place }, Math.max(0, index));
}

/** The zxid stood at. */
export function zxidOfPast({ stretch, index }: Past): bigint {
  return stretch.transactions[index]?.zxid ?? stretch.before.zxid;
}

/** One move inside the stretch; undefined if what is sought is not in it. */
export function moved(past: Past, stride: Stride, direction: Direction): Past | undefined {
  const step = direction === "newer" ? 1 : -1;
  const { transactions } = past.stretch;
  for (let index = past.index + step; index >= 0 && index < transactions.length; index += step) {
    const transaction = transactions[index];
    if (transaction !== undefined && fits(transaction, stride, past.room)) {
      return placed(past.room, past.stretch, index);
    }
  }
  return undefined;
}

/** At the first or the last transaction of the stretch. */
export function atEdge(past: Past, direction: Direction): Past {
  const index = direction === "newer" ? past.stretch.transactions.length - 1 : 0;
  return placed(past.room, past.stretch, index);
}

/** The place that is this part of the way from the oldest, 0, to the newest, 1, if known. */
export function ordinalAt({ stretch: { place } }: Past, part: number): number | undefined {
  return place === undefined ? undefined : 1 + Math.round(part * Math.max(0, place.total - 1));
}

/** At a place counted from the oldest that is kept; undefined if the stretch does not hold it. */
export function atOrdinal(past: Past, ordinal: number): Past | undefined {
  const { transactions, place } = past.stretch;
  const index = ordinal - (place?.firstOrdinal ?? Number.NaN);
  return index >= 0 && index < transactions.length
    ? placed(past.room, past.stretch, index)
    : undefined;
}

/** Whether the log goes on beyond the stretch on that side, as far as is known. */
export function goesOn(past: Past, direction: Direction): boolean {
  const { place } = past.stretch;
  if (place === undefined) return direction === "older";
  return direction === "older" ? place.firstOrdinal > 1 : !place.reachesEnd;
}

/** Whether `zxid` lies between the first and the last transaction of the stretch. */
export function covers({ transactions }: Pick<Stretch, "transactions">, zxid: bigint): boolean {
  const first = transactions[0];
  const last = transactions.at(-1);
  return first !== undefined && last !== undefined && first.zxid <= zxid && zxid <= last.zxid;
}

/** The transaction stood at; undefined before the first. */
export function transactionOf(past: Past): Transaction | undefined {
  return past.stretch.transactions[past.index];
}

function fits(transaction: Transaction, stride: Stride, room: string): boolean {
  if (stride === "event") return true;
  return transaction.events.some((event) =>
    stride === "leader"
      ? event.type === "LeaderEstablished"
      : event.type === "TargetSet" && event.room === room,
  );
}

/** Whether the transaction belongs to the room's history; changes of leader belong to all. */
export function concerns({ events }: Transaction, room: string): boolean {
  return events.some((event) => event.type === "LeaderEstablished" || event.room === room);
}

function placed(room: string, stretch: Stretch, index: number): Past {
  const { transactions } = stretch;
  const at = transactions[index];
  const earlier = transactions.slice(0, Math.max(0, index));
  const before = folded(stretch.before, earlier);
  const after = at === undefined ? before : folded(before, [at]);
  return { room, stretch, index, before, after, reading: undefined };
}

function folded(state: Projection, transactions: readonly Transaction[]): Projection {
  const last = transactions.at(-1);
  return last === undefined ? state : afterTransactions(state, transactions, last.zxid);
}
