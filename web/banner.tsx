/** What cannot be overlooked: the page is cut off, nobody leads, this is the past. */
import { pastInWords, pastNotes, troubleInWords } from "../client/session-words.js";
import type { Actions } from "./actions.js";
import type { PageModel } from "./page-model.js";

export function Banner({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const trouble = troubleInWords(session);
  // The place is there also while it is empty, so that screen readers say what comes into it.
  return (
    <div class="banners">
      {session.past === undefined ? null : (
        <div class="banner past">
          <p>
            <strong>This is the past.</strong> {pastInWords(session)}
            {pastNotes(session).map((note) => (
              <span class="note">{note}</span>
            ))}
          </p>
          <button type="button" onClick={() => actions.travel({ kind: "leave" })}>
            Back to now
          </button>
        </div>
      )}
      <div role="status">
        {trouble === undefined ? null : (
          <p class="banner warn">
            <span aria-hidden="true">◌</span> {trouble}
          </p>
        )}
      </div>
    </div>
  );
}
