/**
 * The end of a stream on which nobody says anything: a stream that is open for both sides has no
 * other end than what its client decides, and costs memory as long as it lasts.
 */
import { Code, ConnectError } from "@connectrpc/connect";

export interface Silence {
  /** Aborts with unavailable after the silence, or with the reason of the stream's own signal. */
  readonly signal: AbortSignal;
  /** Somebody said something. */
  readonly broken: () => void;
  /** The value, unless the signal aborts first: then it rejects with the signal's reason. */
  before<T>(value: Promise<T>): Promise<T>;
  /** The stream is over. */
  end(): void;
}

export function createSilence(idleMs: number, own: AbortSignal): Silence {
  const over = new AbortController();
  const onOwn = (): void => over.abort(own.reason);
  const timer = setTimeout(() => over.abort(silent(idleMs)), idleMs);
  if (own.aborted) onOwn();
  own.addEventListener("abort", onOwn, { once: true });
  return {
    signal: over.signal,
    broken() {
      timer.refresh();
    },
    before: (value) => unlessAborted(value, over.signal),
    end() {
      clearTimeout(timer);
      own.removeEventListener("abort", onOwn);
    },
  };
}

function unlessAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const done = (): void => signal.removeEventListener("abort", onAbort);
    value.then(resolve, reject).finally(done);
  });
}

function silent(idleMs: number): ConnectError {
  const words = `Nothing was said on this stream for ${idleMs / 1000} s: open it anew.`;
  return new ConnectError(words, Code.Unavailable);
}
