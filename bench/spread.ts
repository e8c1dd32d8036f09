/** Figures of several runs, told as median and spread. */

export interface Run {
  readonly latenciesMs: readonly number[];
  readonly tookMs: number;
  /** CPU time of all nodes and the load. */
  readonly cpuMs: number;
}

/** One number a run in each. */
export interface Figures {
  readonly perSecond: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
  /** Microseconds of CPU a write, nodes and load together. */
  readonly cpuUs: readonly number[];
}

export function summarize(runs: readonly Run[]): Figures {
  return {
    perSecond: runs.map((run) => (run.latenciesMs.length * 1000) / run.tookMs),
    p50Ms: runs.map((run) => quantile(run.latenciesMs, 0.5)),
    p99Ms: runs.map((run) => quantile(run.latenciesMs, 0.99)),
    cpuUs: runs.map((run) => (run.cpuMs * 1000) / run.latenciesMs.length),
  };
}

/** NaN of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `median (min-max)`. */
export function spread(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const round = (value: number): string => value.toFixed(digits);
  return `${round(median(values))} (${round(low)}-${round(high)})`;
}
