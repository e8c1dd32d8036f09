/**
 * The committed log as a band: one bar a transaction, the newest at the right end, epochs told
 * apart. Pure.
 */

import type { Session } from "../../client/session-model.js";
import { shortWords } from "../../client/shown-events.js";
import type { Transaction } from "../../game/transaction.js";
import { epochOf, formatZxid } from "../../game/zxid.js";
import { shownLog } from "./shown-log.js";

export interface Bar {
  readonly zxid: bigint;
  readonly kind: "leader" | "target" | "closed" | "guess";
  readonly epoch: number;
  /** Of another room. */
  readonly isElsewhere: boolean;
  /** Where somebody who looks at the past stands. */
  readonly isHere: boolean;
  readonly words: string;
}

/** At most `count`, oldest first; in the past those around the place that is looked at. */
export function bars(session: Session, count: number): Bar[] {
  const { transactions, here } = shownLog(session, count, count >> 1);
  return transactions.toReversed().map((transaction) => ({
    zxid: transaction.zxid,
    kind: kindOf(transaction),
    epoch: epochOf(transaction.zxid),
    isElsewhere: isElsewhere(transaction, session.room),
    isHere: transaction.zxid === here,
    words: `${formatZxid(transaction.zxid)} ${transaction.events.map(shortWords).join("; ")}`,
  }));
}

function kindOf({ events }: Transaction): Bar["kind"] {
  const types = new Set(events.map(({ type }) => type));
  if (types.has("LeaderEstablished")) return "leader";
  if (types.has("TargetSet")) return "target";
  return types.has("RoundClosed") ? "closed" : "guess";
}

export function isElsewhere({ events }: Transaction, room: string): boolean {
  return events.some((event) => "room" in event && event.room !== room);
}
