/**
 * Tries one call on one server after another until one answers or the deadline passes. It knows
 * nothing of what is called; failure.ts decides what each failure proves.
 */
import { callWithin } from "./call-within.js";
import type { Clock } from "./clock.js";
import type { Failure } from "./failure.js";
import type { ServerRing } from "./server-ring.js";

/** A frozen node accepts connections and never answers: leave it after this long. */
const ATTEMPT_MS = 1000;
/** With less time than this left, another attempt would end in doubt rather than in an answer. */
const ATTEMPT_MIN_MS = 50;
const BACKOFF_MIN_MS = 5;
const BACKOFF_MAX_MS = 100;

export interface AttemptsOptions<T> {
  readonly ring: ServerRing;
  readonly clock: Clock;
  /** For all attempts together. */
  readonly deadlineMs: number;
  /** Of nothing but servers where certainly nothing happened; without it only time ends it. */
  readonly giveUpMs?: number;
  /** Makes one attempt. `timeoutMs` tells the server how long anyone will wait for the answer. */
  readonly call: (server: string, signal: AbortSignal, timeoutMs: number) => Promise<T>;
}

export type AttemptsEnd<T> =
  | {
      readonly kind: "answered";
      readonly value: T;
      readonly server: string;
      readonly attempts: number;
    }
  | {
      readonly kind: "refused";
      readonly failure: Failure;
      /**
       * An earlier attempt may still happen, so a refusal that depends on the state proves little.
       */
      readonly inDoubt: boolean;
    }
  | {
      readonly kind: "expired";
      /** True if some attempt may have happened; false if certainly none did. */
      readonly inDoubt: boolean;
      /** What the last server said, in words with its address; never empty. */
      readonly message: string;
      /** The last attempt's. */
      readonly failure: Failure;
    };

export async function attemptUntilAnswered<T>(
  options: AttemptsOptions<T>,
): Promise<AttemptsEnd<T>> {
  const { ring, clock, deadlineMs, giveUpMs = deadlineMs, call } = options;
  const endMs = clock.now() + deadlineMs;
  const giveUpAtMs = clock.now() + giveUpMs;
  let inDoubt = false;
  for (let attempts = 1; ; attempts++) {
    const server = ring.current();
    const timeoutMs = Math.max(1, Math.ceil(Math.min(ATTEMPT_MS, endMs - clock.now())));
    const end = await callWithin(clock, timeoutMs, (signal) => call(server, signal, timeoutMs));
    if (end.ok) return { kind: "answered", value: end.value, server, attempts };
    const { failure } = end;
    if (failure.kind === "refused") return { kind: "refused", failure, inDoubt };
    if (failure.kind === "unknown") inDoubt = true;
    ring.leave(server);
    const pauseMs = backoffMs(attempts, ring.size, failure);
    if (clock.now() + pauseMs + ATTEMPT_MIN_MS > (inDoubt ? endMs : giveUpAtMs)) {
      const limitMs = inDoubt ? deadlineMs : giveUpMs;
      const message = `no answer within ${limitMs} ms; last, ${server}: ${failure.message}`;
      return { kind: "expired", inDoubt, message, failure };
    }
    await clock.sleep(pauseMs, new AbortController().signal);
  }
}

/**
 * Grows once per way round the ring, so that a healthy neighbour of a dead server is found fast.
 * The server's hint counts only for overload: waiting it out after an election would cost more than
 * the election.
 */
function backoffMs(attempts: number, servers: number, failure: Failure): number {
  const rounds = Math.floor((attempts - 1) / servers);
  const grownMs = BACKOFF_MIN_MS * 2 ** Math.min(rounds, 8);
  const hintMs = failure.code === "resource_exhausted" ? (failure.info?.retryAfterMs ?? 0) : 0;
  return Math.min(BACKOFF_MAX_MS, Math.max(grownMs, hintMs));
}
