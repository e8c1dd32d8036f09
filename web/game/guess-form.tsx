/** Where a player types: Enter guesses; other buttons set a target or close the round. */
import { useRef, useState } from "preact/hooks";
import { type Session, shownRoom, standingOf } from "../../client/session-model.js";
import { waitingInWords } from "../../client/session-words.js";
import type { Actions } from "../actions.js";
import type { PageModel } from "../page-model.js";
import { typedValue } from "./guess-value.js";

/** The box that digits go to from anywhere on the page. */
export const GUESS_BOX_ID = "guess-box";

export function GuessForm({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const isOff = session.player === undefined || session.past !== undefined;

  function give(kind: "guess" | "write"): void {
    const typed = typedValue(text);
    // What was typed stays, so that it can be put right.
    if (!typed.ok) setWrong(typed.words);
    else {
      actions.give({ kind, value: typed.value });
      setText("");
      setWrong("");
    }
    box.current?.focus();
  }

  return (
    <form
      class="guess-form"
      autocomplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // In a room without a target there is nothing to guess yet.
        give(shownRoom(session)?.status === "open" ? "guess" : "write");
      }}
    >
      <label for={GUESS_BOX_ID}>Your number, 0 to 100</label>
      <div class="guess-row">
        <input
          id={GUESS_BOX_ID}
          ref={box}
          value={text}
          inputMode="numeric"
          maxLength={12}
          disabled={isOff}
          aria-invalid={wrong !== ""}
          aria-describedby="guess-told"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setWrong("");
          }}
        />
        {shownRoom(session)?.status === "open" ? (
          <>
            <button type="submit" class="main" disabled={isOff}>
              Guess
            </button>
            <button type="button" disabled={isOff} onClick={() => give("write")}>
              Set target
            </button>
            <button type="button" disabled={isOff} onClick={() => actions.give({ kind: "close" })}>
              Close round
            </button>
          </>
        ) : (
          <button type="submit" class="main" disabled={isOff}>
            Set target
          </button>
        )}
      </div>
      <p id="guess-told" class={`told ${wrong === "" ? toneOf(session) : "bad"}`} role="status">
        {wrong === "" ? toldTo(session) : `✕ ${wrong}`}
      </p>
    </form>
  );
}

const MARKS = { good: "✓", bad: "✕", pending: "…", info: "•" } as const;

/** Whoever waits is told what for, whatever was said before. */
function toldTo(session: Session): string {
  const waiting = waitingInWords(session);
  if (waiting !== undefined) return `… ${waiting}`;
  const { message } = session;
  if (message !== undefined) return `${MARKS[message.kind]} ${message.text}`;
  if (session.past !== undefined) return "• Guessing goes on when you are back in the present.";
  if (session.player === undefined) return "• You only watch: choose a name to play.";
  if (standingOf(session) !== "live") return "";
  return "• A number and Enter guesses. The closest guess wins the round.";
}

function toneOf({ message, pending }: Session): string {
  if (pending.length > 0) return "pending";
  return message?.kind ?? "info";
}
