/**
 * Runs what costs the server something only while somebody can see the page. A browser opens six
 * connections to one address, and tabs in the background would hold them all.
 */
import type { Clock } from "../client/clock.js";

interface VisiblePage {
  readonly hidden: boolean;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

export interface VisibleLifeOptions {
  /** The browser's document. */
  readonly page: VisiblePage;
  readonly clock: Clock;
  /** How long the page may be hidden before it ends. */
  readonly graceMs: number;
  /** Begins it; it must end when the signal aborts. */
  readonly live: (signal: AbortSignal) => void;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

export function createVisibleLife({
  page,
  clock,
  graceMs,
  live,
  signal,
}: VisibleLifeOptions): void {
  let life: AbortController | undefined;
  let waiting: AbortController | undefined;

  function look(): void {
    waiting?.abort();
    waiting = undefined;
    if (!page.hidden) {
      if (life !== undefined) return;
      life = new AbortController();
      live(life.signal);
    } else if (life !== undefined) void endLater();
  }

  async function endLater(): Promise<void> {
    const patience = new AbortController();
    waiting = patience;
    await clock.sleep(graceMs, patience.signal);
    if (!patience.signal.aborted) end();
  }

  function end(): void {
    life?.abort();
    life = undefined;
  }

  page.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", () => {
    page.removeEventListener("visibilitychange", look);
    waiting?.abort();
    end();
  });
  look();
}
