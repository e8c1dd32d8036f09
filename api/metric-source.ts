/**
 * A metric as whoever holds the facts describes it: read when somebody asks for the metrics, and
 * costing nothing until then. It knows nothing of the library that writes them out (metrics.ts).
 */

/** One value of a metric; its labels tell it from the metric's other values. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricSource {
  /** Begins with `zabble_`; ends with its unit (`_seconds`), a counter with `_total`. */
  readonly name: string;
  /** One sentence for a person. */
  readonly help: string;
  /** A counter never goes back while the process lives. */
  readonly type: "counter" | "gauge";
  /** The labels that its readings have. */
  readonly labelNames?: readonly string[];
  /** A number alone has no labels. */
  readonly read: () => number | readonly Reading[];
}
