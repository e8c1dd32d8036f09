/** Lengths of time as people read them at a glance. */

/** "0.3 s" below ten seconds, then "12 s", "04:05", "3 h 05 m", "2 d 3 h". */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${two(minutes)}:${two(Math.floor(seconds % 60))}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Without tenths, for what changes once a second at most. */
export function age(ms: number): string {
  const whole = Math.floor(Math.max(0, ms) / 1000) * 1000;
  return whole < 10_000 ? `${whole / 1000} s` : duration(whole);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
