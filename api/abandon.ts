/** How an answer is given up whose peer cannot be reached any more, or may not be waited for. */
import http2 from "node:http2";
import type { HttpResponse } from "./front-port.js";

/** Ends the stream of an HTTP/2 request, or the connection of an HTTP/1.1 one. */
export function abandon(response: HttpResponse): void {
  if ("stream" in response) response.stream.close(http2.constants.NGHTTP2_CANCEL);
  else response.destroy();
}
