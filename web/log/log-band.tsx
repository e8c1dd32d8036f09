/** The newest of the log as bars, epochs told apart by tone and by a line where each begins. */
import type { Session } from "../../client/session-model.js";
import { type Bar, bars } from "./band.js";

const COUNT = 160;
const BAR = 6;
const HEIGHT = 44;
const HEIGHTS = { guess: 16, closed: 28, target: 28, leader: HEIGHT } as const;

export function LogBand({ session, onGoTo }: { session: Session; onGoTo: (zxid: bigint) => void }) {
  const all = bars(session, COUNT);
  const first = COUNT - all.length;
  return (
    <svg
      class="band"
      viewBox={`0 0 ${COUNT * BAR} ${HEIGHT + 14}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {all.map((bar, index) => (
        <BandBar key={bar.zxid} bar={bar} x={(first + index) * BAR} onGoTo={onGoTo} />
      ))}
    </svg>
  );
}

/** For the mouse alone; the slider below does the same for everybody. */
function BandBar({ bar, x, onGoTo }: { bar: Bar; x: number; onGoTo: (zxid: bigint) => void }) {
  const height = HEIGHTS[bar.kind];
  const tone = bar.epoch % 2 === 0 ? "even" : "odd";
  const where = `${bar.isElsewhere ? " elsewhere" : ""}${bar.isHere ? " here" : ""}`;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hidden from everybody who uses keys
    <g
      class={`bar ${bar.kind} ${tone}${where}`}
      transform={`translate(${x} 0)`}
      onClick={() => onGoTo(bar.zxid)}
    >
      <rect class="catch" width={BAR} height={HEIGHT} />
      <rect class="ink" x={1} y={HEIGHT - height} width={BAR - 2} height={height} />
      {bar.isHere ? <path class="pin" d={`M${BAR / 2} ${HEIGHT + 2} l-5 10 h10 Z`} /> : null}
      <title>{bar.words}</title>
    </g>
  );
}
