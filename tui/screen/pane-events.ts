/** The committed log as it grows, newest first; changes of leader stand out. */
import { shortWords } from "../../client/shown-events.js";
import type { Transaction } from "../../game/transaction.js";
import { formatZxid } from "../../game/zxid.js";
import { fit } from "./cells.js";
import type { Span } from "./frame.js";

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
