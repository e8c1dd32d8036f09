/** The transactions that a screen lists: of the present, or of the past it stands in. Pure. */
import type { GameEvent } from "../game/event.js";
import type { Transaction } from "../game/transaction.js";
import { newestFirst } from "./live-log.js";
import type { Session } from "./session-model.js";

/** How many there are to be listed. */
export function eventCount({ past, live }: Session): number {
  if (past !== undefined) return past.stretch.transactions.length;
  return live === undefined ? 0 : live.transactions.length + live.earlier.length;
}

/** The transactions from the `top`th, at most `count`, newest first. */
export function eventsFrom({ past, live }: Session, top: number, count: number): Transaction[] {
  if (past !== undefined) {
    return past.stretch.transactions.toReversed().slice(top, top + count);
  }
  return live === undefined ? [] : newestFirst(live, top + count).slice(top);
}

/** Shorter than eventInWords of game/view.ts: in a list many stand one below the other. */
export function shortWords(event: GameEvent): string {
  switch (event.type) {
    case "LeaderEstablished":
      return `${event.nodeId} leads epoch ${event.epoch}`;
    case "TargetSet":
      return `${event.by} set ${event.value}, round ${event.round}`;
    case "GuessSubmitted":
      return `${event.player} guessed ${event.value}`;
    case "RoundClosed":
      return `round ${event.round} to ${event.winner} (${event.guess})`;
  }
}
