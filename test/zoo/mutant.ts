/**
 * A mutant: the production code with one bug put into it, as a change of text. It costs the product
 * nothing, and it follows the code: a change that no longer fits is reported as stale.
 */
import type { SimCase } from "../sim/sim-case.js";

/** Replaces the one place in `file` that reads `find`. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** The bugs of zab.md section 3, or its rules, that this one is an example of. */
  readonly bugs: readonly string[];
  /** What is broken, and what a user would lose. */
  readonly what: string;
  /** More than one if the code guards the same thing in more than one place. */
  readonly edits: readonly Edit[];
  /**
   * Tells the cases in which the bug can show, where they are few. The others are not run, for they
   * would pass; they count as seeds all the same.
   */
  readonly showsIn?: (simCase: SimCase) => boolean;
  /** Test files that must fail, where the simulator does not reach: below its disk, say. */
  readonly tests?: readonly string[];
}

/** The mutant and the code have gone apart: the zoo must follow the code. */
export class StaleMutant extends Error {}

/** The text with all edits of that file made. Throws StaleMutant if one does not fit once. */
export function patch(file: string, text: string, edits: readonly Edit[]): string {
  let patched = text;
  for (const { find, put } of edits) {
    const places = patched.split(find).length - 1;
    if (places !== 1) throw new StaleMutant(`${file} has ${places} places that read: ${find}`);
    patched = patched.replace(find, () => put);
  }
  return patched;
}
