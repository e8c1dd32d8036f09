/** The committed log: the band, the way back through it, and the newest events in words. */
import { shortWords } from "../../client/shown-events.js";
import type { Transaction } from "../../game/transaction.js";
import { formatZxid } from "../../game/zxid.js";
import type { Actions } from "../actions.js";
import type { PageModel } from "../page-model.js";
import { isElsewhere } from "./band.js";
import { LogBand } from "./log-band.js";
import { shownLog } from "./shown-log.js";
import { TimeSlider } from "./time-slider.js";

/** Rows that are read at a glance; the slider leads to all others. */
const LISTED_MAX = 30;
/** Rows above the place in the past: it is what happened there that is looked at. */
const LISTED_NEWER = 3;

export function LogPane({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const { transactions, here, isStandIn } = shownLog(session, LISTED_MAX, LISTED_NEWER);
  const isRead = isStandIn && session.past?.reading !== undefined;
  return (
    <section class={`card log${isStandIn ? " stands-in" : ""}`} aria-labelledby="log-title">
      <div class="log-travel">
        <h2 id="log-title">
          The log: every committed event{isRead ? " (reading the past of it)" : ""}
        </h2>
        <LogBand session={session} onGoTo={(zxid) => actions.travel({ kind: "goTo", zxid })} />
        <TimeSlider session={session} actions={actions} />
      </div>
      <ol
        class="events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls
        tabIndex={0}
        aria-label="Committed events, newest first"
        aria-busy={isRead}
      >
        {transactions.map((transaction) => {
          const isLeader = transaction.events[0]?.type === "LeaderEstablished";
          const kind = isLeader ? "leader" : isElsewhere(transaction, session.room) ? "faint" : "";
          return (
            <li
              key={transaction.zxid}
              class={`${kind}${transaction.zxid === here ? " here" : ""}`}
              aria-current={transaction.zxid === here ? "true" : undefined}
            >
              <span class="zxid">{formatZxid(transaction.zxid)}</span>
              {isElsewhere(transaction, session.room) ? `${roomOf(transaction)}: ` : ""}
              {transaction.events.map(shortWords).join("; ")}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function roomOf({ events }: Transaction): string {
  for (const event of events) if ("room" in event) return event.room;
  return "";
}
