/** What cannot be overlooked: the page is cut off, nobody leads, this is the past. */
import { useLayoutEffect } from "preact/hooks";
import type { Session } from "../client/session-model.js";
import { pastInWords, pastNotes, troubleInWords } from "../client/session-words.js";
import type { Actions } from "./actions.js";
import { SLIDER_ID } from "./element-ids.js";
import type { PageModel } from "./page-model.js";
import { placeFocus } from "./place-focus.js";

export function Banner({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const isPast = session.past !== undefined;
  const trouble = troubleInWords(session);
  const past = pastInWords(session);
  // The places are there also while empty, so that screen readers say what comes into them.
  return (
    <div class={isPast ? "banners" : "banners are-apart"}>
      <div class={isPast ? "banner past" : ""}>
        <p role="status" title={past}>
          {isPast ? <strong>This is the past.</strong> : null} {past}
        </p>
        {isPast ? <WayBack session={session} actions={actions} /> : null}
      </div>
      <p role="status" class={trouble === undefined ? "" : "banner warn"}>
        {trouble === undefined ? null : <span aria-hidden="true">◌</span>}
        <span>{trouble}</span>
      </p>
    </div>
  );
}

function WayBack({ session, actions }: { session: Session; actions: Actions }) {
  useLayoutEffect(() => () => placeFocus(SLIDER_ID), []);
  const notes = pastNotes(session).join("; ");
  return (
    <>
      <p class="note" title={notes}>
        {notes}
      </p>
      <button type="button" onClick={() => actions.travel({ kind: "leave" })}>
        Back to now
      </button>
    </>
  );
}
