/**
 * GameService.ListEvents: pages through the committed log, from memory where it reaches and from
 * disk before that. A call looks at a bounded number of transactions, so a page of a quiet room may
 * be empty although the log goes on: `next_zxid` always leads further, and `end` says when to stop.
 */
import { create } from "@bufbuild/protobuf";
import { checkRoom } from "../../game/check-command.js";
import type { Transaction } from "../../game/transaction.js";
import { transactionToMessage } from "../../game/transaction-message.js";
import {
  type ListEventsRequest,
  type ListEventsResponse,
  ListEventsResponseSchema,
} from "../../gen/zabble/v1/game_pb.js";
import { badRequest, toConnectError } from "./errors.js";
import type { Replica } from "./replica.js";
import { inRoom } from "./room-filter.js";

export const LIST_LIMIT_MAX = 1000;
const LIST_LIMIT_DEFAULT = 100;

/** Transactions that one call looks at, at most, to find those of a room. */
const SCAN_MAX = 5000;

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
  const scanMax = request.room === "" ? limit : SCAN_MAX;
  const { scanned, oldest } = await scan(replica, request.afterZxid, scanMax);
  const found = inRoom(scanned, request.room).slice(0, limit);
  const cut = found.length === limit ? found.at(-1) : undefined;
  const nextZxid = (cut ?? scanned.at(-1))?.zxid ?? request.afterZxid;
  return create(ListEventsResponseSchema, {
    transactions: found.map(transactionToMessage),
    nextZxid,
    end: scanned.length === 0 || nextZxid >= replica.game().zxid,
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
