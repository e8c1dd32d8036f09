/** The committed log as it grows, newest first; changes of leader stand out. */
import { newestFirst } from "../../client/live-log.js";
import type { Session } from "../../client/session-model.js";
import type { GameEvent } from "../../game/event.js";
import type { Transaction } from "../../game/transaction.js";
import { formatZxid } from "../../game/zxid.js";
import { fit } from "./cells.js";
import type { Span } from "./frame.js";

/** Lines that the pane could show; each transaction has one. */
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

/** `here`: the one at which a traveller in time stands. */
export function eventLine(
  transaction: Transaction,
  room: string,
  here: boolean,
  width: number,
): readonly Span[] {
  const zxid = formatZxid(transaction.zxid);
  const [event] = transaction.events;
  if (event?.type === "LeaderEstablished") {
    const words = `${here ? "▶" : "━"}━ ${zxid}  ${event.nodeId} leads epoch ${event.epoch} `;
    const tail = "━".repeat(Math.max(0, width - words.length));
    return [{ text: words + tail, style: here ? "selected" : "leader" }];
  }
  const words = transaction.events.map(shortWords).join("; ");
  const other = transaction.events.find((one) => "room" in one && one.room !== room);
  const where = other !== undefined && "room" in other ? `${other.room}: ` : "";
  const style = here ? "selected" : where === "" ? "plain" : "faint";
  const line = `${here ? "▶ " : "  "}${fit(zxid, width < 36 ? 7 : 9)} ${where}${words}`;
  return [{ text: here ? fit(line, width) : line, style }];
}

/** Shorter than eventInWords of game/view.ts: many stand one below the other here. */
function shortWords(event: GameEvent): string {
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
