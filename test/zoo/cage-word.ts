/** What is said between a cage (cage.ts, in its worker thread) and its keeper (hunt.ts). */

export interface CageOrder {
  /** In this order, until the first violation. */
  readonly seeds: readonly number[];
  /** No seed is begun after this time. */
  readonly limitMs: number;
}

export type CageWord =
  | { readonly kind: "begun"; readonly seed: number }
  | {
      readonly kind: "killed";
      readonly seed: number;
      readonly invariant: string;
      readonly what: string;
    }
  | { readonly kind: "survived" };
