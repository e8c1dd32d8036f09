/**
 * The body of a request where the library leaves it: half read, because the call was refused, or
 * never ending. Whatever becomes of it, the connection must be fit for the next request.
 */
import { abandon } from "./abandon.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";

/** For the library, which destroys a body that it gives up, and with it the way to what follows. */
export function bodyOf(request: HttpRequest): AsyncIterable<Uint8Array> {
  return "stream" in request ? request : request.iterator({ destroyOnReturn: false });
}

/** Node drops an HTTP/1.1 body of which nothing was read; of which a part was, it is left to us. */
export function readOn(request: HttpRequest): void {
  if ("stream" in request || request.readableEnded || !request.readableDidRead) return;
  const drop = (): void => {
    while (request.read() !== null);
  };
  request.on("readable", drop);
  drop();
}

/**
 * Reads what is left of a refused body, within the time of a request: some HTTP/2 clients lose the
 * answer if their stream is reset while they send. HTTP/1.1 servers do this themselves.
 */
export function dropBody(request: HttpRequest): void {
  if (!("stream" in request) || request.stream.readableEnded) return;
  // The request is done with its stream, but would still pause it.
  request.stream.removeAllListeners("data");
  request.stream.resume();
}

/** HTTP/1.1 servers limit the time of a request themselves, HTTP/2 ones do not. */
export function limitBodyTime(
  request: HttpRequest,
  response: HttpResponse,
  timeoutMs: number,
): void {
  if (!("stream" in request)) return;
  const timer = setTimeout(() => abandon(response), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  request.stream.once("end", stop);
  request.stream.once("close", stop);
}
