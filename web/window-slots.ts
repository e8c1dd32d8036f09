/**
 * How many windows of one browser may hold streams at once. Browsers open six connections to one
 * address without TLS, for all windows together; a window holds two for its streams, and commands
 * and polls need what is left. Windows agree by locks of the browser, which it gives on pages that
 * it holds for safe; elsewhere every window goes ahead.
 */

/** Two windows, four connections; two are left. */
const SLOTS = ["zabble-window-1", "zabble-window-2"] as const;

/** What is used of a LockManager. */
export interface WindowLocks {
  request(
    name: string,
    options: { readonly ifAvailable: true } | { readonly signal: AbortSignal },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<unknown>;
}

/**
 * Resolves with true once this window has a slot, which it keeps until the signal aborts; with
 * false if that was before. `onWait`: all slots are taken. Never rejects for the signal's sake.
 */
export async function takeWindowSlot(
  locks: WindowLocks | undefined,
  signal: AbortSignal,
  onWait: () => void,
): Promise<boolean> {
  if (locks === undefined) return !signal.aborted;
  for (const name of SLOTS) {
    if (signal.aborted) return false;
    if (await hold(locks, name, { ifAvailable: true }, signal)) return true;
  }
  if (signal.aborted) return false;
  onWait();
  return firstOf(locks, signal);
}

/** Waits for all slots and lets go of those that come after the first. */
async function firstOf(locks: WindowLocks, signal: AbortSignal): Promise<boolean> {
  const others = new AbortController();
  const stop = (): void => others.abort();
  signal.addEventListener("abort", stop, { once: true });
  const got = SLOTS.map(async (name) => {
    const own = new AbortController();
    const release = (): void => own.abort();
    others.signal.addEventListener("abort", release, { once: true });
    const isHeld = await hold(locks, name, { signal: own.signal }, signal);
    others.signal.removeEventListener("abort", release);
    if (isHeld) stop();
    return isHeld;
  });
  return (await Promise.all(got)).includes(true);
}

/** `until`: keeps the lock until it aborts. */
function hold(
  locks: WindowLocks,
  name: string,
  options: Parameters<WindowLocks["request"]>[1],
  until: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const held = (lock: object | null): Promise<void> => {
      resolve(lock !== null && !until.aborted);
      if (lock === null || until.aborted) return Promise.resolve();
      return new Promise((release) => {
        until.addEventListener("abort", () => release(), { once: true });
      });
    };
    locks.request(name, options, held).catch((reason: unknown) => {
      const isGivenUp = "signal" in options && options.signal.aborted;
      if (isGivenUp) resolve(false);
      else reject(reason);
    });
  });
}
