/** How an answer is given up whose peer cannot be reached any more, or may not be waited for. */
import http2 from "node:http2";
import type { HttpRequest, HttpResponse } from "./front-port.js";

/** Ends the stream of an HTTP/2 request, or the connection of an HTTP/1.1 one. */
export function abandon(response: HttpResponse): void {
  if ("stream" in response) response.stream.close(http2.constants.NGHTTP2_CANCEL);
  else response.destroy();
}

/**
 * For an answer without an end: an HTTP/1.1 client that has closed its side still hears an answer,
 * but whether it has gone altogether shows only when something is written to it.
 */
export function endWithPeer(request: HttpRequest, response: HttpResponse): void {
  if ("stream" in request) return;
  const { socket } = request;
  const end = (): void => abandon(response);
  socket.once("end", end);
  response.once("close", () => socket.off("end", end));
}
