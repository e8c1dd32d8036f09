/**
 * A broken invariant of the replicated game: state and log no longer fit together. Nobody catches
 * it; the process ends and the other nodes carry on. A no of the rules is a Rejection instead.
 */

export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Ends every exhaustive switch: compiles only if all cases are handled, throws if data lied. */
export function unreachable(value: never): never {
  throw new InvariantError(`case not handled: ${JSON.stringify(value)}`);
}
