/**
 * Seeds on several worker threads. Seeds are handed out a few at a time, in order; a seed that
 * never ends is a violation, too, and ends its thread.
 */
import { Worker } from "node:worker_threads";
import type { SeedOrder, SeedWord } from "./seed-order.js";

/** Messages and events live short: with more room for them, less is copied. */
const RESOURCES = { maxYoungGenerationSizeMb: 64 };

/** Two ways to lose sight of a seed: it goes round in circles, or it takes the thread with it. */
export interface LostSeed {
  readonly seed: number;
  readonly invariant: "Hang" | "Crash";
  readonly what: string;
}

export interface SeedJobs {
  /** Hands out no more; resolves when what is under way is done. */
  stop(): Promise<void>;
  /** Resolves when all seeds have run or been lost. */
  readonly done: Promise<void>;
}

export interface SeedJobsOptions {
  readonly bundle: string;
  readonly jobs: number;
  readonly first: number;
  readonly count: number;
  readonly order: Omit<SeedOrder, "seeds">;
  readonly onResult: (word: Extract<SeedWord, { kind: "ran" }>) => void;
  readonly onLost: (lost: LostSeed) => void;
}

const CHUNK_MAX = 8;
/** A thousand times what a seed takes. */
const SEED_LIMIT_MS = 60_000;

export function startSeedJobs(options: SeedJobsOptions): SeedJobs {
  const { first, count, jobs, order } = options;
  let next = first;
  let isStopped = false;
  const end = first + count;

  /** Small at the end, so that no thread sits idle while another has eight left. */
  function take(): number[] {
    const size = Math.min(CHUNK_MAX, Math.max(1, Math.floor((end - next) / (jobs * 2))));
    const seeds: number[] = [];
    while (seeds.length < size && next < end) seeds.push(next++);
    return seeds;
  }

  function runThread(left: number[]): Promise<void> {
    return new Promise((resolve) => {
      const worker = new Worker(options.bundle, { eval: true, resourceLimits: RESOURCES });
      let handedOut: number[] = [];
      let current: number | undefined;
      let guard: NodeJS.Timeout | undefined;

      function handOut(): void {
        handedOut = left.splice(0);
        if (handedOut.length === 0) handedOut = take();
        if (handedOut.length === 0) {
          finish(resolve);
          return;
        }
        const message: SeedOrder = { ...order, seeds: handedOut };
        worker.postMessage(message);
      }

      function finish(then: () => void): void {
        clearTimeout(guard);
        worker.removeAllListeners();
        void worker.terminate().then(then);
      }

      /** Another thread goes on with what is left of the chunk, unless all is to stop. */
      function lose(invariant: LostSeed["invariant"], what: string): void {
        const at = current === undefined ? -1 : handedOut.indexOf(current);
        if (current !== undefined) options.onLost({ seed: current, invariant, what });
        if (current === undefined || isStopped) finish(resolve);
        else finish(() => void runThread(handedOut.slice(at + 1)).then(resolve));
      }

      worker.on("message", (word: SeedWord) => {
        clearTimeout(guard);
        if (word.kind === "begun") {
          current = word.seed;
          guard = setTimeout(lose, SEED_LIMIT_MS, "Hang", "it does not end");
        } else if (word.kind === "ran") options.onResult(word);
        else handOut();
      });
      worker.on("error", (error) => lose("Crash", error.stack ?? error.message));
      handOut();
    });
  }

  const done = Promise.all(Array.from({ length: jobs }, () => runThread([]))).then(() => undefined);
  return {
    done,
    stop() {
      next = end;
      isStopped = true;
      return done;
    },
  };
}
