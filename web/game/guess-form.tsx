/** Where a player types: Enter guesses; other buttons set a target or close the round. */
import { useRef, useState } from "preact/hooks";
import { type Session, standingOf } from "../../client/session-model.js";
import { waitingInWords } from "../../client/session-words.js";
import type { Actions } from "../actions.js";
import { GUESS_BOX_ID } from "../element-ids.js";
import type { PageModel } from "../page-model.js";
import { changeOfMeaning, type EnterMeaning, enterMeaning } from "./enter-meaning.js";
import { typedValue } from "./guess-value.js";

/** Why what was typed was not taken; it stays, so that it can be put right or given again. */
interface Held {
  readonly words: string;
  /** It is no number of the game. */
  readonly isWrong: boolean;
}

export function GuessForm({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const [text, setText] = useState("");
  const [held, setHeld] = useState<Held>();
  const [began, setBegan] = useState<EnterMeaning>();
  const box = useRef<HTMLInputElement>(null);
  const isOff = session.player === undefined || session.past !== undefined;
  const now = enterMeaning(session);
  const isOpen = now.kind === "guess";

  function give(kind: "guess" | "write"): void {
    const typed = typedValue(text);
    if (!typed.ok) setHeld({ words: typed.words, isWrong: true });
    else {
      actions.give({ kind, value: typed.value });
      setText("");
      setHeld(undefined);
    }
    box.current?.focus();
  }

  function giveAsBegun(): void {
    const change = began === undefined || text === "" ? undefined : changeOfMeaning(began, now);
    if (change === undefined) {
      give(now.kind);
      return;
    }
    setHeld({ words: change, isWrong: false });
    setBegan(now);
    box.current?.focus();
  }

  return (
    <form
      class="guess-form"
      autocomplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isOff) giveAsBegun();
      }}
    >
      <div class="guess-row">
        <label for={GUESS_BOX_ID}>Your number, 0 to 100</label>
        <input
          id={GUESS_BOX_ID}
          ref={box}
          value={text}
          inputMode="numeric"
          enterKeyHint="send"
          maxLength={12}
          disabled={isOff}
          aria-invalid={held?.isWrong === true}
          aria-describedby="guess-told"
          onInput={(event) => {
            if (text === "") setBegan(now);
            setText(event.currentTarget.value);
            setHeld(undefined);
          }}
        />
        {/* Each in its place whatever happens, so that none turns into another under the mouse. */}
        <FormButton isMain={isOpen} isOff={isOff || !isOpen} onClick={giveAsBegun}>
          Guess
        </FormButton>
        <FormButton isMain={!isOpen} isOff={isOff} onClick={() => give("write")}>
          Set target
        </FormButton>
        <FormButton
          isMain={false}
          isOff={isOff || !isOpen}
          onClick={() => actions.give({ kind: "close" })}
        >
          Close round
        </FormButton>
      </div>
      <Told session={session} held={held} />
    </form>
  );
}

interface FormButtonProps {
  readonly isMain: boolean;
  readonly isOff: boolean;
  readonly onClick: () => void;
  readonly children: string;
}

/** Keeps the focus also while it does nothing. Enter is the form's own. */
function FormButton({ isMain, isOff, onClick, children }: FormButtonProps) {
  return (
    <button
      type="button"
      class={isMain ? "main" : ""}
      aria-disabled={isOff}
      onClick={isOff ? undefined : onClick}
    >
      {children}
    </button>
  );
}

/** One line that keeps its height, whatever there is to say. */
function Told({ session, held }: { session: Session; held: Held | undefined }) {
  const tone = held === undefined ? toneOf(session) : held.isWrong ? "bad" : "warn";
  const words = held === undefined ? toldTo(session) : `${held.isWrong ? "✕" : "!"} ${held.words}`;
  return (
    <p id="guess-told" class={`told ${tone}`} role="status" title={words}>
      {words}
    </p>
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
