/**
 * How far a long run has come, on standard error: one line that is written over on a terminal, a
 * line every few seconds elsewhere.
 */
export interface ProgressState {
  readonly done: number;
  readonly violations: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Leaves the terminal on a fresh line. */
  end(): void;
}

export interface ProgressOptions {
  /** How many there are to do; undefined if only time will tell. */
  readonly total: number | undefined;
  readonly limitSeconds: number | undefined;
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
  readonly write: (text: string) => void;
}

const BAR = 24;
const TERMINAL_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;

export function createProgress(options: ProgressOptions): Progress {
  const { isTerminal, nowMs, write } = options;
  const startedAtMs = nowMs();
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS;
  let saidAtMs = startedAtMs;
  let said = false;
  return {
    update(state) {
      const now = nowMs();
      if (now - saidAtMs < everyMs) return;
      saidAtMs = now;
      said = true;
      const line = lineOf(state, (now - startedAtMs) / 1000, options);
      write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`);
    },
    end() {
      if (isTerminal && said) write("\n");
    },
  };
}

function lineOf(state: ProgressState, seconds: number, options: ProgressOptions): string {
  const { done, violations } = state;
  const { total, limitSeconds } = options;
  const bySeeds = total === undefined ? 0 : done / total;
  const byTime = limitSeconds === undefined ? 0 : seconds / limitSeconds;
  const share = Math.min(1, Math.max(bySeeds, byTime));
  const filled = Math.round(share * BAR);
  const bar = `[${"#".repeat(filled)}${".".repeat(BAR - filled)}]`;
  const of = total === undefined ? "" : ` of ${total}`;
  const left = share > 0 ? Math.ceil(seconds / share - seconds) : 0;
  const speed = (done / seconds).toFixed(1);
  return `${bar} ${done}${of} seeds, ${speed}/s, ${left} s left, ${violations} violations`;
}
