/** The line from 0 to 100: a scale, the guesses on it, the target under it. */
import { VALUE_MAX } from "../../game/limits.js";
import type { Room } from "../../game/room.js";
import type { PageModel } from "../page-model.js";
import { type LineMark, lineMarks } from "./line-marks.js";

/** Pixels from the top of the picture, whose width is whatever there is. */
const LINE_Y = 92;
const HEIGHT = 138;
/** Between two marks of a pile. */
const PILE_STEP = 16;
const TICKS = Array.from({ length: 11 }, (_, index) => index * 10);

function xOf(value: number): string {
  return `${(value / VALUE_MAX) * 100}%`;
}

export function NumberLine({ model, room }: { model: PageModel; room: Room | undefined }) {
  const { marks, hidden, waiting } = lineMarks(model.session, model.stillUpTo);
  const words = marks.map((mark) => mark.words).reverse();
  return (
    <svg class="number-line" height={HEIGHT} role="img" aria-label={lineInWords(room, words)}>
      <line class="axis" x1="0%" x2="100%" y1={LINE_Y} y2={LINE_Y} />
      {TICKS.map((value) => (
        <g key={value} class="tick">
          <line x1={xOf(value)} x2={xOf(value)} y1={LINE_Y - 5} y2={LINE_Y + 5} />
          <text x={xOf(value)} y={LINE_Y + 22}>
            {value}
          </text>
        </g>
      ))}
      {room === undefined ? null : (
        <svg class="goal" x={xOf(room.target)} y={LINE_Y}>
          <title>target {room.target}</title>
          <line y1={8 - LINE_Y} y2={26} />
          <path d="M0 26 L-8 42 L8 42 Z" />
        </svg>
      )}
      {hidden.map(({ value, count }) => (
        <text key={`more ${value}`} class="more" x={xOf(value)} y={LINE_Y - 5 * PILE_STEP + 4}>
          +{count}
        </text>
      ))}
      {marks.map((mark) => (
        <Mark key={mark.zxid} mark={mark} />
      ))}
      {waiting.map(({ requestId, value }) => (
        <circle key={requestId} class="mark waiting" cx={xOf(value)} cy={LINE_Y} r="8">
          <title>your guess {value} waits to be committed</title>
        </circle>
      ))}
    </svg>
  );
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
    <svg class="place" x={xOf(value)} y={LINE_Y - height * PILE_STEP}>
      <title>{words}</title>
      <g class={`mark ${kind}${isFresh ? " fresh" : ""}`}>{shape}</g>
    </svg>
  );
}

function lineInWords(room: Room | undefined, words: readonly string[]): string {
  if (room === undefined) return "Number line from 0 to 100";
  const guesses = words.length === 0 ? "no guesses" : words.slice(0, 12).join("; ");
  return `Number line from 0 to 100: target ${room.target}; ${guesses}`;
}
