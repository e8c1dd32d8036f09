/** What is said between the program and its worker threads (seed-worker.ts). */

import type { ProfileName } from "./profile.js";
import type { SeedResult } from "./run-case.js";

/** A few seeds at a time, so that a slow one does not leave the other threads without work. */
export interface SeedOrder {
  readonly seeds: readonly number[];
  readonly profile: ProfileName;
  /** The size of every cluster; undefined: each seed draws its own. */
  readonly nodes: number | undefined;
  /** Every so many seeds one runs twice, and must run the same way. */
  readonly repeatEvery: number;
}

export type SeedWord =
  | { readonly kind: "begun"; readonly seed: number }
  | { readonly kind: "ran"; readonly result: SeedResult; readonly repeated: boolean }
  /** The order is done: the thread waits for the next one. */
  | { readonly kind: "idle" };
