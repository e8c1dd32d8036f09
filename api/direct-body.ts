/**
 * The body of a streamed answer, written past the library. The library passes each message through
 * a chain of generators, which costs several times more than the writing; a stream that has its
 * frames ready may let it send the head and the first message, and write the others itself. While
 * it writes it must not give the library anything to send.
 */
import { type ContextKey, createContextKey } from "@connectrpc/connect";
import type { HttpResponse } from "./front-port.js";

export interface DirectBody {
  /** False: no more until it is drained. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when there is room again, or when the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
}

/** In a handler's context; undefined where the call did not come over HTTP. */
export const directBody: ContextKey<DirectBody | undefined> = createContextKey(undefined, {
  description: "writes past the library",
});

export function directBodyOf(response: HttpResponse): DirectBody {
  return {
    // Of two kinds of responses; together they have no callable type.
    write: (bytes) =>
      "stream" in response ? response.write(bytes) : (response.write(bytes) as boolean),
    drained: (signal) => drained(response, signal),
  };
}

/** Resolves when the response can take more, or when the signal aborts. */
export function drained(response: HttpResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
