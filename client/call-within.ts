/** One call to one server, with a time-out by the client's clock; failure.ts judges its failure. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import { type Failure, failureOfError } from "./failure.js";

export type CallEnd<T> =
  | { readonly ok: true; readonly value: T }
  /** `late`: given up without an answer. */
  | { readonly ok: false; readonly failure: Failure; readonly late: boolean };

/** Given up after `timeoutMs`, or when `stop` aborts. Never rejects. */
export async function callWithin<T>(
  clock: Clock,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
  stop?: AbortSignal,
): Promise<CallEnd<T>> {
  const attempt = new AbortController();
  const timer = new AbortController();
  const giveUp = (why: string): void => attempt.abort(new ConnectError(why, Code.Canceled));
  const onStop = (): void => giveUp("it was stopped");
  if (stop?.aborted === true) onStop();
  else stop?.addEventListener("abort", onStop, { once: true });
  const expired = clock.sleep(timeoutMs, timer.signal).then(() => {
    if (!timer.signal.aborted) giveUp(`no answer within ${timeoutMs} ms`);
  });
  try {
    return { ok: true, value: await call(attempt.signal) };
  } catch (error) {
    return { ok: false, failure: failureOfError(error), late: attempt.signal.aborted };
  } finally {
    stop?.removeEventListener("abort", onStop);
    timer.abort();
    await expired;
  }
}
