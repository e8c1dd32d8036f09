/**
 * Time as the client sees it: handed in, so that a test decides how fast it passes. The programs
 * hand in the real clock; nothing in client/ starts a timer by itself.
 */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
