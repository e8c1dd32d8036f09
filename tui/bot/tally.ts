/** What all bots of the process have achieved so far. It only counts; bot-report.ts prints it. */
import { createLatencies, type Latencies } from "./latencies.js";

export interface Counts {
  /** Guesses that the cluster confirmed. */
  readonly confirmed: number;
  /** Targets that the bots set. */
  readonly targets: number;
  /** Commands that the rules refused. */
  readonly refused: number;
  /** How often a command was sent again because nobody knew what became of it. */
  readonly repeated: number;
}

export interface Tally {
  /** Milliseconds from the first attempt to the answer. */
  guessConfirmed(latencyMs: number): void;
  targetConfirmed(): void;
  refused(): void;
  repeated(): void;
  counts(): Counts;
  /** Of all confirmed guesses. */
  readonly latencies: Latencies;
  /** Of the guesses confirmed since the last call. */
  takeLatencies(): Latencies;
}

export function createTally(): Tally {
  const counts = { confirmed: 0, targets: 0, refused: 0, repeated: 0 };
  const latencies = createLatencies();
  let latest = createLatencies();
  return {
    guessConfirmed(latencyMs) {
      counts.confirmed++;
      latencies.add(latencyMs);
      latest.add(latencyMs);
    },
    targetConfirmed() {
      counts.targets++;
    },
    refused() {
      counts.refused++;
    },
    repeated() {
      counts.repeated++;
    },
    counts: () => ({ ...counts }),
    latencies,
    takeLatencies() {
      const taken = latest;
      latest = createLatencies();
      return taken;
    },
  };
}
