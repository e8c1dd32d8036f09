/** A whole answer of any type, for whatever is no call of a service. */
import type { HttpResponse } from "./front-port.js";

/**
 * Does nothing if an answer has begun or nobody is there any more. HEAD gets the headers alone,
 * with the length of what GET would get.
 */
export function answerWhole(
  response: HttpResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  if (response.headersSent || !response.writable) return;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, "content-length": String(bytes.byteLength) });
  // Node itself keeps the body from HEAD.
  response.end(bytes);
}

/** Says that the answer depends on this header of the request too, beside those said before. */
export function varyBy(response: HttpResponse, header: string): void {
  const said = response.getHeader("vary");
  response.setHeader("vary", said === undefined ? header : `${String(said)}, ${header}`);
}
