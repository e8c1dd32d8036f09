/** A row of bars, newest at the right end. */

const BARS = "▁▂▃▄▅▆▇█";

/** `width` columns; bars are scaled to `max`, and what is above zero is never invisible. */
export function sparkline(values: readonly number[], max: number, width: number): string {
  const newest = values.slice(-width);
  const bars = newest.map((value) => {
    if (max <= 0 || value <= 0) return BARS[0];
    return BARS[
      Math.min(BARS.length - 1, Math.max(1, Math.round((value / max) * (BARS.length - 1))))
    ];
  });
  return " ".repeat(width - newest.length) + bars.join("");
}
