/**
 * What watchers that resume have missed, in blocks that they share. A block begins at a multiple of
 * its size, which is a power of two, so wherever two watchers resume, their blocks are the same but
 * for a few small ones at the start: each is decoded and encoded once for all of them. A block is
 * full when it is made, so it never changes.
 */
import type { Transaction } from "../game/transaction.js";
import { counterOf, epochOf } from "../game/zxid.js";
import type { Replica } from "./replica.js";
import { inRoom } from "./room-filter.js";
import { type Burst, burstOf } from "./watch-encoding.js";

export interface WatchPast {
  /** What follows `from` in a room, in order; undefined if that reaches too far back. */
  after(from: bigint, room: string): readonly Burst[] | undefined;
  /** The log was replaced: nothing that was known of it holds. */
  forget(): void;
}

/** Transactions of all rooms: farther back a snapshot is the shorter way. */
export const RESUME_MAX = 2000;

/** Transactions of the largest blocks. */
export const BLOCK_MAX = 256;

/** Blocks that are kept: at least those of the newest transactions, for some rooms. */
const BLOCKS_KEPT = 256;

interface Block {
  readonly transactions: readonly Transaction[];
  /** Of one room; undefined if it is not in the block. */
  readonly ofRoom: Map<string, Burst | undefined>;
}

/** Rooms of which a block remembers what is theirs; anybody may ask for any name. */
const ROOMS_KEPT = 32;

const NOTHING: Block = { transactions: [], ofRoom: new Map() };

export function createWatchPast(replica: Pick<Replica, "recent" | "game">): WatchPast {
  /** By their first zxid and the one after their last. What is used moves from old to young. */
  let young = new Map<string, Block>();
  let old = new Map<string, Block>();

  function keep(key: string, block: Block): Block {
    if (young.size >= BLOCKS_KEPT / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, block);
    return block;
  }

  function known(first: bigint, upTo: bigint): Block | undefined {
    const key = keyOf(first, upTo);
    const block = young.get(key);
    if (block !== undefined) return block;
    const older = old.get(key);
    return older === undefined ? undefined : keep(key, older);
  }

  /** The block that follows, an empty one at the end; undefined if the log begins later. */
  function blockAfter(position: bigint, upTo: bigint): Block | undefined {
    const next = known(position + 1n, upTo);
    if (next !== undefined) return next;
    // An epoch may have ended here, and only the log knows where the next one begins.
    const following = replica.recent(position, 1);
    if (following === undefined) return undefined;
    const first = following[0]?.zxid;
    if (first === undefined) return NOTHING;
    const block = known(first, upTo);
    if (block !== undefined) return block;
    const end = endOfBlock(first, upTo);
    const found = replica.recent(first - 1n, Number(end - first)) ?? [];
    const transactions = found.filter(({ zxid }) => zxid < end);
    return keep(keyOf(first, upTo), { transactions, ofRoom: new Map() });
  }

  return {
    after(from, room) {
      const upTo = replica.game().zxid;
      if (leastBetween(from, upTo) > RESUME_MAX) return undefined;
      const bursts: Burst[] = [];
      let position = from;
      let looked = 0;
      while (position < upTo) {
        const block = blockAfter(position, upTo);
        if (block === undefined) return undefined;
        looked += block.transactions.length;
        if (looked > RESUME_MAX) return undefined;
        const burst = burstOfRoom(block, room);
        if (burst !== undefined) bursts.push(burst);
        position = block.transactions.at(-1)?.zxid ?? upTo;
      }
      return bursts;
    },
    forget() {
      young = new Map();
      old = new Map();
    },
  };
}

function burstOfRoom({ transactions, ofRoom }: Block, room: string): Burst | undefined {
  if (ofRoom.has(room)) return ofRoom.get(room);
  if (ofRoom.size >= ROOMS_KEPT) ofRoom.clear();
  const burst = burstOf(inRoom(transactions, room));
  ofRoom.set(room, burst);
  return burst;
}

function keyOf(first: bigint, upTo: bigint): string {
  return `${first} ${endOfBlock(first, upTo)}`;
}

/** The zxid after the largest block that begins here and is full. */
function endOfBlock(first: bigint, upTo: bigint): bigint {
  let size = BigInt(BLOCK_MAX);
  while (size > 1n && (first % size !== 0n || first + size - 1n > upTo)) size /= 2n;
  return first + size;
}

/** Transactions between the two, if it takes no log to know; a lower bound across epochs. */
function leastBetween(from: bigint, upTo: bigint): number {
  const isOneEpoch = epochOf(from) === epochOf(upTo);
  return isOneEpoch ? counterOf(upTo) - counterOf(from) : counterOf(upTo) + 1;
}
