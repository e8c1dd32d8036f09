/**
 * A bounded memory of request ids and what became of them. Two generations: when the current one is
 * full it becomes the previous one, and the previous one is forgotten whole. So the window forgets
 * by log order alone, the same on every replica, and never searches a Map for its oldest key (that
 * walks over everything deleted before and was once the dearest line of the hot path).
 */
import { InvariantError } from "./invariant-error.js";

/**
 * One generation as it was when it was cut: the first `size` entries, in the order of recording.
 */
export interface CutGeneration<Outcome> {
  readonly entries: ReadonlyMap<string, Outcome>;
  readonly size: number;
}

/** What the window held at one moment. Later recording does not show through. */
export interface RequestWindowCut<Outcome> {
  readonly generationMax: number;
  readonly previous: CutGeneration<Outcome>;
  readonly current: CutGeneration<Outcome>;
}

export interface RequestWindow<Outcome> {
  find(requestId: string): Outcome | undefined;
  /** Throws InvariantError if the window still knows the id: it would have happened twice. */
  record(requestId: string, outcome: Outcome): void;
  /** Costs the same whatever the window holds. */
  cut(): RequestWindowCut<Outcome>;
}

/** An empty window; it remembers the last `generationMax` to twice as many ids. */
export function createRequestWindow<Outcome>(generationMax: number): RequestWindow<Outcome> {
  return windowOf(generationMax, new Map(), new Map());
}

/** The window that a cut was taken from. */
export function restoreRequestWindow<Outcome>(
  cut: RequestWindowCut<Outcome>,
): RequestWindow<Outcome> {
  return windowOf(
    cut.generationMax,
    new Map(cutEntries(cut.previous)),
    new Map(cutEntries(cut.current)),
  );
}

/** In the order of recording. */
export function* cutEntries<Outcome>(
  generation: CutGeneration<Outcome>,
): Generator<[string, Outcome]> {
  let left = generation.size;
  if (left === 0) return;
  for (const entry of generation.entries) {
    yield entry;
    left -= 1;
    if (left === 0) return;
  }
}

function windowOf<Outcome>(
  generationMax: number,
  previousAtFirst: Map<string, Outcome>,
  currentAtFirst: Map<string, Outcome>,
): RequestWindow<Outcome> {
  // Entries are only ever added, so the first n of a generation stay its first n: see cut.
  let previous = previousAtFirst;
  let current = currentAtFirst;
  const find = (requestId: string) => current.get(requestId) ?? previous.get(requestId);
  return {
    find,
    record(requestId, outcome) {
      if (find(requestId) !== undefined) {
        throw new InvariantError(`request ${JSON.stringify(requestId)} happened twice`);
      }
      current.set(requestId, outcome);
      if (current.size < generationMax) return;
      previous = current;
      current = new Map();
    },
    cut: () => ({
      generationMax,
      previous: { entries: previous, size: previous.size },
      current: { entries: current, size: current.size },
    }),
  };
}
