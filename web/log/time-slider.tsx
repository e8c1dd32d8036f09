/** The way back through the room's log: a slider over all of it, and steps by what happened. */

import type { Session } from "../../client/session-model.js";
import type { Direction, Past, Stride } from "../../client/time-travel.js";
import { zxidOfPast } from "../../client/time-travel.js";
import { formatZxid } from "../../game/zxid.js";
import type { Actions } from "../actions.js";
import { SLIDER_ID } from "../element-ids.js";

const STEPS: readonly (readonly [Stride, string])[] = [
  ["event", "event"],
  ["round", "target"],
  ["leader", "leader"],
];

/** Keys that go from one event to the next; PageUp, PageDown, Home and End are the browser's. */
const ONE_EVENT: ReadonlyMap<string, Direction> = new Map([
  ["ArrowLeft", "older"],
  ["ArrowDown", "older"],
  ["ArrowRight", "newer"],
  ["ArrowUp", "newer"],
]);

export function TimeSlider({ session, actions }: { session: Session; actions: Actions }) {
  const { past, live } = session;
  const step = (stride: Stride, direction: Direction): void => {
    // From the present there is no way on.
    if (past === undefined && direction === "newer") return;
    actions.travel({ kind: "stride", stride, direction });
  };
  return (
    <div class="travel">
      <div class="steps">
        {STEPS.map(([stride, word]) => (
          <button
            type="button"
            key={stride}
            aria-disabled={live === undefined}
            aria-label={`Back to the ${word} before`}
            onClick={() => step(stride, "older")}
          >
            ◀ {word}
          </button>
        ))}
      </div>
      <Slider session={session} actions={actions} onStep={(to) => step("event", to)} />
      <div class="steps">
        {STEPS.toReversed().map(([stride, word]) => (
          <button
            type="button"
            key={stride}
            aria-disabled={past === undefined}
            aria-label={`On to the next ${word}`}
            onClick={() => step(stride, "newer")}
          >
            {word} ▶
          </button>
        ))}
        <button
          type="button"
          class={past === undefined ? "" : "main"}
          aria-disabled={past === undefined}
          onClick={() => actions.travel({ kind: "leave" })}
        >
          Now
        </button>
      </div>
    </div>
  );
}

/** Steps while the length of the log is not known yet. */
const STEPS_UNKNOWN = 1000;

interface SliderProps {
  readonly session: Session;
  readonly actions: Actions;
  readonly onStep: (direction: Direction) => void;
}

function Slider({ session, actions, onStep }: SliderProps) {
  const { past, live } = session;
  const last = stepsOf(past);
  // Where the thumb is held, as long as the log is read for it.
  const part = past?.reading?.part ?? partOf(past);
  return (
    <input
      type="range"
      id={SLIDER_ID}
      aria-label="Place in the log"
      aria-valuetext={past === undefined ? "now" : placeInWords(past)}
      disabled={live === undefined}
      min={0}
      max={last}
      value={part * last}
      onKeyDown={(event) => {
        const direction = ONE_EVENT.get(event.key);
        if (direction === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        onStep(direction);
      }}
      onInput={(event) => {
        const wanted = Number(event.currentTarget.value) / last;
        actions.travel({ kind: "goToPart", part: wanted });
      }}
    />
  );
}

/** From one event to the next; while their number is not known, small parts of the way. */
function stepsOf(past: Past | undefined): number {
  const place = past?.stretch.place;
  return place === undefined ? STEPS_UNKNOWN : Math.max(1, place.total - 1);
}

/** 0 is the oldest event, 1 the newest; a guess while only the newest are known. */
function partOf(past: Past | undefined): number {
  if (past === undefined) return 1;
  const { place, transactions } = past.stretch;
  const before = place === undefined ? past.index : place.firstOrdinal - 1 + past.index;
  return before / Math.max(1, (place?.total ?? transactions.length) - 1);
}

function placeInWords(past: Past): string {
  const { place } = past.stretch;
  if (past.reading !== undefined) return "reading the log";
  const zxid = formatZxid(zxidOfPast(past));
  if (place === undefined) return zxid;
  return `event ${place.firstOrdinal + past.index} of ${place.total}, ${zxid}`;
}
