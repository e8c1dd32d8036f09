/** Reads what time travel needs, one reading at a time: a newer wish ends the one before it. */

import { createPastReader, type PastReader } from "./past-reader.js";
import type { ReadPast } from "./past-update.js";
import type { SessionMessage } from "./session-update.js";
import type { ZabbleClient } from "./zabble-client.js";

/** Transactions on each side of the place; a thousand folds take a few milliseconds. */
const AROUND = 500;

export interface PastDesk {
  /** What comes of it goes to `tell`. Never rejects. */
  read(wish: ReadPast): Promise<void>;
  /** Nobody waits for what is being read; what has been read is kept. */
  stop(): void;
}

export function createPastDesk(
  listEvents: ZabbleClient["listEvents"],
  tell: (message: SessionMessage) => void,
): PastDesk {
  /** Of the room that was read last: coming back to it costs nothing. */
  let kept: { readonly room: string; readonly reader: PastReader; until: bigint } | undefined;
  let current = new AbortController();

  function readerOf(room: string, until: bigint): PastReader {
    // A log that ends earlier than it did is another log.
    if (kept?.room !== room || until < kept.until) {
      kept = { room, reader: createPastReader({ room, listEvents }), until };
    }
    kept.until = until;
    return kept.reader;
  }

  return {
    async read({ readId, room, at, until }) {
      current.abort();
      current = new AbortController();
      const { signal } = current;
      const reader = readerOf(room, until);
      const progress = (done: number): void => {
        if (!signal.aborted) tell({ type: "pastProgress", readId, done });
      };
      const scanned = await reader.scan(until, progress, signal);
      const answer = scanned.ok ? await reader.stretch(at, AROUND, signal) : scanned;
      if (signal.aborted) return;
      if (answer.ok) tell({ type: "pastRead", readId, stretch: answer.stretch });
      else tell({ type: "pastFailed", readId, words: `no log to read: ${answer.message}` });
    },
    stop: () => current.abort(),
  };
}
