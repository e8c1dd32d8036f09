/** One thing that is wrong in a cluster file; read-config.ts gives it its line and its words. */

export interface Problem {
  /** From the top of the file to the value, e.g. ["nodes", 1, "clientPort"]. */
  readonly path: readonly (string | number)[];
  /** What would have been right, in words that follow "expected". */
  readonly expected: string;
  /** Set when the words of the value alone do not say what is wrong. */
  readonly got?: string;
  /** True if the key itself is wrong, so that the line of the key is meant. */
  readonly atKey?: boolean;
}
