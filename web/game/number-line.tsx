/** The line from 0 to 100: a scale, the guesses on it, the target under it. */
import { VALUE_MAX } from "../../game/limits.js";
import type { Room } from "../../game/room.js";
import type { PageModel } from "../page-model.js";
import { type LineMark, lineMarks } from "./line-marks.js";

/** Above the highest mark of a pile, which stands on mark 0. */
const ABOVE_PILE = 5;
/** The line of the target goes up as far as piles do, in pixels. */
const GOAL_RISE = 60;
const TICKS = Array.from({ length: 11 }, (_, index) => index * 10);

function xOf(value: number): string {
  return `${(value / VALUE_MAX) * 100}%`;
}

export function NumberLine({ model, room }: { model: PageModel; room: Room | undefined }) {
  const { marks, hidden, waiting } = lineMarks(model.session, model.stillUpTo);
  const words = marks.map((mark) => mark.words).reverse();
  return (
    <svg class="number-line" role="img" aria-label={lineInWords(room, words)}>
      <g class="scale">
        <line class="axis" x1="0%" x2="100%" />
        {TICKS.map((value) => (
          <g key={value} class="tick">
            <line x1={xOf(value)} x2={xOf(value)} y1={-5} y2={5} />
            <text x={xOf(value)} y={22}>
              {value}
            </text>
          </g>
        ))}
        {room === undefined ? null : (
          <svg class="goal" x={xOf(room.target)}>
            <title>target {room.target}</title>
            <line y1={-GOAL_RISE} y2={26} />
            <path d="M0 26 L-8 42 L8 42 Z" />
          </svg>
        )}
        {hidden.map(({ value, count, words: more }) => (
          <g key={`more ${value}`} class="piled" style={heightOf(ABOVE_PILE)}>
            <text x={xOf(value)} y={4}>
              +{count}
              <title>{more}</title>
            </text>
          </g>
        ))}
        {marks.map((mark) => (
          <Mark key={mark.zxid} mark={mark} />
        ))}
        {waiting.map(({ requestId, value }) => (
          <circle key={requestId} class="mark waiting" cx={xOf(value)} r="8">
            <title>your guess {value} waits to be committed</title>
          </circle>
        ))}
      </g>
    </svg>
  );
}

/** The style sheet knows how far the marks of a pile are apart; that depends on the screen. */
function heightOf(marks: number) {
  return { "--height": String(marks) };
}

/** Each kind has a shape of its own: it reads without colour. */
function Mark({ mark: { value, height, kind, isFresh, words } }: { mark: LineMark }) {
  const shape =
    kind === "closest" ? (
      <path d="M0 -10 L10 0 L0 10 L-10 0 Z" />
    ) : kind === "own" ? (
      <rect x="-7" y="-7" width="14" height="14" rx="3" />
    ) : (
      <circle r="6.5" />
    );
  return (
    <g class="piled" style={heightOf(height)}>
      <svg class="place" x={xOf(value)}>
        <title>{words}</title>
        <g class={`mark ${kind}${isFresh ? " fresh" : ""}`}>{shape}</g>
      </svg>
    </g>
  );
}

function lineInWords(room: Room | undefined, words: readonly string[]): string {
  if (room === undefined) return "Number line from 0 to 100";
  const guesses = words.length === 0 ? "no guesses" : words.slice(0, 12).join("; ");
  return `Number line from 0 to 100: target ${room.target}; ${guesses}`;
}
