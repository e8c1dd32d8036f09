/**
 * Runs one bundle over seeds in a worker thread until the simulator sees something wrong. A seed
 * that never ends, or eats all memory, is something wrong, too.
 */
import { Worker } from "node:worker_threads";
import type { CageOrder, CageWord } from "./cage-word.js";

/** A seed takes a twentieth of a second; one that takes this long goes round in circles. */
const SEED_LIMIT_MS = 20_000;
/** Messages and events live short: with more room for them, less is copied. */
const RESOURCES = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 64 };

export interface Hunt {
  /** The seed that killed it; undefined if none of them did. */
  readonly kill: Kill | undefined;
  /** Seeds begun, the killing one included. */
  readonly seeds: number;
  readonly seconds: number;
}

export interface Kill {
  readonly seed: number;
  /** The invariant's name; "Hang" or "Memory" if the seed did not come to an end. */
  readonly invariant: string;
  readonly what: string;
}

export interface HuntOrder extends CageOrder {
  /** A seed that takes longer does not end. */
  readonly seedLimitMs?: number;
}

export function hunt(bundle: string, order: HuntOrder): Promise<Hunt> {
  return new Promise((resolve, reject) => {
    const startedAtMs = performance.now();
    let seeds = 0;
    let newest = 0;
    let guard: NodeJS.Timeout | undefined;
    const { seedLimitMs = SEED_LIMIT_MS } = order;
    const worker = new Worker(bundle, {
      eval: true,
      workerData: order,
      resourceLimits: RESOURCES,
    });

    function finish(kill: Kill | undefined): void {
      clearTimeout(guard);
      const seconds = (performance.now() - startedAtMs) / 1000;
      worker.removeAllListeners();
      worker.terminate().then(() => resolve({ kill, seeds, seconds }), reject);
    }

    function finishUnended(invariant: string, what: string): void {
      finish({ seed: newest, invariant, what });
    }

    worker.on("message", (word: CageWord) => {
      switch (word.kind) {
        case "begun":
          seeds++;
          newest = word.seed;
          clearTimeout(guard);
          guard = setTimeout(finishUnended, seedLimitMs, "Hang", "the seed does not end");
          break;
        case "killed":
          finish({ seed: word.seed, invariant: word.invariant, what: word.what });
          break;
        case "survived":
          finish(undefined);
          break;
        default:
          throw new Error(`unknown word ${JSON.stringify(word satisfies never)}`);
      }
    });
    worker.on("error", (error: Error & { readonly code?: string }) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") finishUnended("Memory", error.message);
      else {
        clearTimeout(guard);
        reject(error);
      }
    });
  });
}
