/** The committed log: the band, the way back through it, and the newest events in words. */
import { eventsFrom, shortWords } from "../../client/shown-events.js";
import { transactionOf } from "../../client/time-travel.js";
import { formatZxid } from "../../game/zxid.js";
import type { Actions } from "../actions.js";
import type { PageModel } from "../page-model.js";
import { isElsewhere } from "./band.js";
import { LogBand } from "./log-band.js";
import { TimeSlider } from "./time-slider.js";

/** Rows that are read at a glance; the slider leads to all others. */
const LISTED_MAX = 30;

export function LogPane({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const here = session.past === undefined ? undefined : transactionOf(session.past)?.zxid;
  return (
    <section class="card log" aria-labelledby="log-title">
      <div class="log-travel">
        <h2 id="log-title">The log: every committed event</h2>
        <LogBand session={session} onGoTo={(zxid) => actions.travel({ kind: "goTo", zxid })} />
        <TimeSlider session={session} actions={actions} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls */}
      <ol class="events" tabIndex={0} aria-label="Committed events, newest first">
        {listed(model).map((transaction) => {
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

/** In the past: those up to the place first, for it is what happened there that is looked at. */
function listed({ session }: PageModel) {
  const { past } = session;
  if (past === undefined) return eventsFrom(session, 0, LISTED_MAX);
  const top = Math.max(0, past.stretch.transactions.length - 1 - past.index - 3);
  return eventsFrom(session, top, LISTED_MAX);
}

function roomOf({ events }: ReturnType<typeof listed>[number]): string {
  for (const event of events) if ("room" in event) return event.room;
  return "";
}
