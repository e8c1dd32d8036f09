/**
 * What the measuring program asks of the process that holds the watchers (gateway-load.ts). All
 * times are machineMs(), all places are zxids as plain numbers.
 */
import type { StreamKind } from "./gateway-streams.js";
import type { TimedLog, Verdict } from "./gateway-tally.js";
import type { WatchersOptions } from "./gateway-watchers.js";

export interface LoadCalls {
  /** Watchers that read. */
  open(options: WatchersOptions): Promise<void>;
  /** Watchers that stop reading. */
  stall(options: WatchersOptions): Promise<void>;
  /** Lets those read again, until all are at `place`. */
  wake(options: WakeOptions): Promise<readonly Woken[]>;
  /** Resolves when every reading watcher has come so far. */
  reach(place: number): Promise<void>;
  /** The fewest transactions that a reading watcher has been delivered. */
  fewest(unused: undefined): number;
  gaps(window: { readonly fromMs: number; readonly toMs: number }): Gaps;
  judge(log: TimedLog): Verdict;
  /** Ends all watchers. */
  close(unused: undefined): void;
}

export interface WakeOptions {
  readonly place: number;
  readonly kind: StreamKind;
  readonly room: string;
}

export interface Woken {
  /** Snapshots since it stopped reading. */
  readonly resyncs: number;
  /** The room as it has it now (gateway-folded.ts). */
  readonly state: string;
  readonly ended: string | undefined;
}

export interface Gaps {
  /** One a watcher. */
  readonly longestMs: readonly number[];
  /** Between two deliveries when nothing happens: the median of the first watcher. */
  readonly usualMs: number;
}

export type LoadCall = {
  readonly [Name in keyof LoadCalls]: {
    readonly id: number;
    readonly name: Name;
    readonly argument: Parameters<LoadCalls[Name]>[0];
  };
}[keyof LoadCalls];

export interface LoadAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
