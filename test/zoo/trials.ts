/**
 * The zoo's measure: each mutant is hunted from several first seeds, on several threads, and each
 * kill is held against the true code, which must pass what killed.
 */
import { bundleCage } from "./cage-bundle.js";
import { type Hunt, hunt } from "./hunt.js";
import { type Mutant, StaleMutant } from "./mutant.js";
import { huntWithTests } from "./patched-tests.js";
import { cheapestFirst, firstSeed, seedsOf } from "./zoo-seeds.js";

export interface TrialOptions {
  /** Seeds for each repeat, at most. */
  readonly seeds: number;
  /** Shared by its repeats. */
  readonly secondsPerMutant: number;
  readonly repeats: number;
  /** Worker threads. */
  readonly jobs: number;
  /**
   * By the mutant's name: begins with this seed, if it has one, and goes on with those that are
   * quickest to run. Undefined: the seeds in their order.
   */
  readonly known: ReadonlyMap<string, number> | undefined;
  /** Hears of every repeat that ended. */
  readonly onHunt: (mutant: Mutant, hunt: Hunt) => void;
}

export interface Verdict {
  readonly mutant: Mutant;
  /** Why the mutant does not fit the code any more; then it was not hunted. */
  readonly stale: string | undefined;
  /** One for each repeat. */
  readonly hunts: readonly Hunt[];
  /** Seeds that killed it and that the true code does not pass, either. */
  readonly unfair: readonly number[];
}

interface OpenVerdict extends Verdict {
  stale: string | undefined;
  readonly hunts: Hunt[];
  readonly unfair: number[];
}

export interface Trials {
  /** How many hunts there are to be. */
  readonly total: number;
  /** Begins no other hunt. */
  stop(): void;
  /** Those that were begun, in the order given. Rejects if the true code cannot be bundled. */
  readonly verdicts: Promise<readonly Verdict[]>;
}

export function startTrials(mutants: readonly Mutant[], options: TrialOptions): Trials {
  const limitMs = (options.secondsPerMutant * 1000) / options.repeats;
  const all = mutants.map(
    (mutant): OpenVerdict => ({ mutant, stale: undefined, hunts: [], unfair: [] }),
  );
  /** Whether the true code passes these tests. */
  const controls = new Map<string, Promise<boolean>>();
  const work = all.flatMap((verdict) => {
    // Tests run the same way every time.
    const repeats = verdict.mutant.tests === undefined ? options.repeats : 1;
    return Array.from({ length: repeats }, (_, repeat) => ({ verdict, repeat }));
  });

  async function tryOnce(
    trueCode: string,
    { mutant, hunts, unfair }: OpenVerdict,
    repeat: number,
  ): Promise<void> {
    const { edits, tests } = mutant;
    let found: Hunt;
    if (tests === undefined) {
      found = await huntWithSeeds(mutant, repeat);
    } else {
      found = await huntWithTests(edits, tests);
    }
    hunts.push(found);
    options.onHunt(mutant, found);
    if (found.kill === undefined) return;
    const { seed } = found.kill;
    const isFair = tests === undefined ? passes(trueCode, seed) : testsPass(tests);
    if (!(await isFair)) unfair.push(seed);
  }

  async function huntWithSeeds(mutant: Mutant, repeat: number): Promise<Hunt> {
    const bundle = await bundleCage(mutant.edits);
    const seeds = seedsOf(mutant, repeat, options.seeds);
    if (options.known !== undefined) {
      const first = options.known.get(mutant.name) ?? [];
      return hunt(bundle, { seeds: [first, cheapestFirst(seeds)].flat(), limitMs });
    }
    const found = await hunt(bundle, { seeds, limitMs });
    // Those that were passed over are seeds that did not kill, too.
    const newest = seeds[found.seeds - 1];
    return newest === undefined ? found : { ...found, seeds: newest - firstSeed(repeat) + 1 };
  }

  function testsPass(tests: readonly string[]): Promise<boolean> {
    const key = tests.join(" ");
    const known = controls.get(key) ?? huntWithTests([], tests).then(({ kill }) => !kill);
    controls.set(key, known);
    return known;
  }

  async function job(trueCode: string): Promise<void> {
    for (let next = work.shift(); next !== undefined; next = work.shift()) {
      try {
        await tryOnce(trueCode, next.verdict, next.repeat);
      } catch (error) {
        if (!(error instanceof StaleMutant)) throw error;
        next.verdict.stale = error.message;
      }
    }
  }

  async function run(): Promise<readonly Verdict[]> {
    const trueCode = await bundleCage([]);
    await Promise.all(Array.from({ length: options.jobs }, () => job(trueCode)));
    return all.filter(({ hunts, stale }) => hunts.length > 0 || stale !== undefined);
  }

  return {
    total: work.length,
    stop: () => {
      work.length = 0;
    },
    verdicts: run(),
  };
}

/** Whether the simulator finds nothing wrong with that seed. */
export async function passes(bundle: string, seed: number): Promise<boolean> {
  const { kill } = await hunt(bundle, { seeds: [seed], limitMs: Number.POSITIVE_INFINITY });
  return kill === undefined;
}
