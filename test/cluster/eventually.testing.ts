/**
 * Waiting for something to come true, with a limit and a sentence that says what never came. Tests
 * of real processes have nothing better than to look again; nobody waits for a fixed time.
 */
import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 20;
const LIMIT_MS = 20_000;

export interface EventuallyOptions {
  readonly limitMs?: number;
  /** What to add to the error, e.g. the last lines of a log. */
  readonly context?: () => string;
}

/**
 * Looks again until `look` gives something other than undefined, and resolves with it. Rejects
 * after the limit, and at once with whatever `look` throws.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  { limitMs = LIMIT_MS, context }: EventuallyOptions = {},
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) {
      throw new Error(`waited ${limitMs} ms for ${what}${context ? `\n${context()}` : ""}`);
    }
    await pause(LOOK_AGAIN_MS);
  }
}
