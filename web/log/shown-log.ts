/**
 * The transactions that the log shows, and where among them the page stands. Pure.
 */
import type { Session } from "../../client/session-model.js";
import { eventCount, eventsFrom } from "../../client/shown-events.js";
import { zxidOfPast } from "../../client/time-travel.js";
import type { Transaction } from "../../game/transaction.js";

export interface ShownLog {
  /** At most as many as asked for, newest first. */
  readonly transactions: readonly Transaction[];
  /** Where somebody who looks at the past stands; undefined in the present. */
  readonly here: bigint | undefined;
  /** It is the log of the present, as long as the one of the past is not there. */
  readonly isStandIn: boolean;
}

/** In the past, `newer` of them come after the place, if there are so many. */
export function shownLog(session: Session, count: number, newer: number): ShownLog {
  const { past } = session;
  if (past === undefined) {
    return { transactions: eventsFrom(session, 0, count), here: undefined, isStandIn: false };
  }
  const isStandIn = past.stretch.place === undefined;
  // Nothing jumps, and nothing is blank, while the past is read.
  const shown = isStandIn ? { ...session, past: undefined } : session;
  const total = eventCount(shown);
  const here = zxidOfPast(past);
  const all = eventsFrom(shown, 0, total);
  const at = all.findIndex(({ zxid }) => zxid <= here);
  const top = Math.max(0, Math.min((at === -1 ? total : at) - newer, total - count));
  return { transactions: all.slice(top, top + count), here, isStandIn };
}
