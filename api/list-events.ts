/**
 * GameService.ListEvents: pages through the committed log, from memory where it reaches and from
 * disk before that. A call looks at a bounded number of transactions, so a page of a quiet room may
 * be empty although the log goes on: `next_zxid` always leads further, and `end` says when to stop.
 */
import { create } from "@bufbuild/protobuf";
import { checkRoom } from "../game/check-command.js";
import type { Transaction } from "../game/transaction.js";
import { transactionToMessage } from "../game/transaction-message.js";
import {
  type ListEventsRequest,
  type ListEventsResponse,
  ListEventsResponseSchema,
} from "../gen/zabble/v1/game_pb.js";
import { badRequest, toConnectError } from "./errors.js";
import type { Replica } from "./replica.js";
import { inRoom } from "./room-filter.js";

export const LIST_LIMIT_MAX = 1000;
const LIST_LIMIT_DEFAULT = 100;

/** Transactions that one call looks at, at most, to find those of a room. */
const SCAN_MAX = 5000;

/**
 * Looked at in one go: in a busy room a page is full after a few, and each one looked at costs the
 * node a little time.
 */
const SCAN_STEP = 500;

export async function listEvents(
  replica: Replica,
  request: ListEventsRequest,
): Promise<ListEventsResponse> {
  const checked = checkRoom(request.room);
  if (!checked.ok) throw toConnectError(checked.rejection);
  if (request.limit > LIST_LIMIT_MAX) {
    throw toConnectError(badRequest("limit", `a whole number from 1 to ${LIST_LIMIT_MAX}`));
  }
  const limit = request.limit === 0 ? LIST_LIMIT_DEFAULT : request.limit;
  const found: Transaction[] = [];
  let position = request.afterZxid;
  let oldest = 0n;
  let isEnd = false;
  const stepMax = request.room === "" ? limit : Math.max(limit, SCAN_STEP);
  for (let looked = 0; looked < SCAN_MAX && found.length < limit && !isEnd; looked += stepMax) {
    const step = await scan(replica, position, stepMax);
    oldest = step.oldest;
    const fitting = inRoom(step.scanned, request.room).slice(0, limit - found.length);
    found.push(...fitting);
    const isFull = found.length === limit;
    position = (isFull ? fitting.at(-1) : step.scanned.at(-1))?.zxid ?? position;
    isEnd = step.scanned.length === 0 || position >= replica.game().zxid;
  }
  return create(ListEventsResponseSchema, {
    transactions: found.map(transactionToMessage),
    nextZxid: position,
    end: isEnd,
    oldestZxid: oldest,
  });
}

async function scan(
  replica: Replica,
  after: bigint,
  max: number,
): Promise<{ scanned: readonly Transaction[]; oldest: bigint }> {
  const recent = replica.recent(after, max);
  if (recent === undefined) {
    const { transactions, oldest } = await replica.history(after, max);
    return { scanned: transactions, oldest };
  }
  // Nothing lies behind the newest, so this asks the disk for the oldest zxid and no more.
  const { oldest } = await replica.history(replica.game().zxid, 1);
  return { scanned: recent, oldest };
}
