/**
 * The older log, which a gateway does not keep: read from one node after another. What it says when
 * none gives it out is for clients of the gateway, who know of no node's address.
 */
import { createClient, type Transport } from "@connectrpc/connect";
import { toConnectError } from "../api/errors.js";
import { attemptUntilAnswered } from "../client/attempts.js";
import type { Clock } from "../client/clock.js";
import { UNREACHABLE } from "../client/play-pool.js";
import { createServerRing } from "../client/server-ring.js";
import type { Transaction } from "../game/transaction.js";
import { transactionFromMessage } from "../game/transaction-message.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";

const DEADLINE_MS = 5000;
/** Of nothing but nodes that cannot be reached. */
const GIVE_UP_MS = 1000;

export interface NodeHistoryOptions {
  /** Base addresses; at least one. */
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
}

/** Committed transactions after a zxid, at most `limit`; `oldest` is the first zxid still kept. */
export type NodeHistory = (
  afterZxid: bigint,
  limit: number,
) => Promise<{ readonly transactions: readonly Transaction[]; readonly oldest: bigint }>;

/** The function rejects with a ConnectError if no node gives out its log. */
export function createNodeHistory({ servers, transport, clock }: NodeHistoryOptions): NodeHistory {
  const ring = createServerRing(servers);
  return async (afterZxid, limit) => {
    const end = await attemptUntilAnswered({
      ring,
      clock,
      deadlineMs: DEADLINE_MS,
      giveUpMs: GIVE_UP_MS,
      call(server, signal, timeoutMs) {
        const client = createClient(GameService, transport(server));
        return client.listEvents({ room: "", afterZxid, limit }, { signal, timeoutMs });
      },
    });
    if (end.kind === "answered") {
      const { transactions, oldestZxid } = end.value;
      return { transactions: transactions.map(transactionFromMessage), oldest: oldestZxid };
    }
    const { info, message } = end.failure;
    const why = info === undefined ? UNREACHABLE : message;
    throw toConnectError({ reason: "NO_LEADER", message: `No node gives out its log. ${why}` });
  };
}
