/** A tiny line of the newest values; the number itself stands beside it. */

const WIDTH = 60;
const HEIGHT = 16;
/** Values that are shown; older ones are left out. */
const SHOWN = 30;

export interface SparkLineProps {
  /** Newest last. */
  readonly values: readonly number[];
  /** The value at the top. */
  readonly most: number;
}

export function SparkLine({ values, most }: SparkLineProps) {
  const newest = values.slice(-SHOWN);
  const step = WIDTH / (SHOWN - 1);
  const first = WIDTH - (newest.length - 1) * step;
  const points = newest.map((value, index) => {
    const share = most <= 0 ? 0 : Math.min(1, value / most);
    const y = HEIGHT - 1.5 - share * (HEIGHT - 3);
    return `${(first + index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg class="spark-line" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {newest.length > 1 && (
        <polygon points={`${first},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
      )}
      <polyline points={points.join(" ")} />
    </svg>
  );
}
