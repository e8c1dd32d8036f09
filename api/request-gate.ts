/**
 * What happens to every request before anybody looks what it wants: the headers that every answer
 * has, and the refusals that need no service: an overlong address, a foreign page, too many
 * requests.
 */
import { answerPlainly } from "./answer-plainly.js";
import { clientAddress } from "./client-address.js";
import { METHODS, type OriginPolicy, setCorsHeaders, setPreflightHeaders } from "./cors.js";
import type { HttpRequest, HttpResponse, OnRefused } from "./front-port.js";
import type { RateLimit } from "./rate-limit.js";
import { setSecurityHeaders } from "./security-headers.js";

export interface RequestGateOptions {
  readonly origins: OriginPolicy;
  readonly rate: RateLimit;
  readonly onRefused: OnRefused;
}

/**
 * "answered": there is nothing left to do. Else the milliseconds after which its sender may ask
 * again: 0 if it may pass, more if it must be refused in the words of its own protocol.
 */
export type RequestGate = (request: HttpRequest, response: HttpResponse) => "answered" | number;

/** Of the path with its query; more than any read by GET needs. */
const URL_CHARACTERS_MAX = 8192;

const FOREIGN =
  "Pages of this origin may not use this server: its allowedOrigins do not list it.\n";

export function createRequestGate({ origins, rate, onRefused }: RequestGateOptions): RequestGate {
  return (request, response) => {
    setSecurityHeaders(response);
    // Caches must not hand one origin the answer that another may read.
    response.setHeader("vary", "origin");
    if ((request.url ?? "").length > URL_CHARACTERS_MAX) {
      onRefused("url");
      answerPlainly(response, 414, `An address has at most ${URL_CHARACTERS_MAX} characters.\n`);
      return "answered";
    }
    const { origin } = request.headers;
    const host = request.headers[":authority"]?.toString() ?? request.headers.host;
    const isAllowed = origins.allows({ origin, host, localAddress: request.socket.localAddress });
    if (isAllowed && origin !== undefined) setCorsHeaders(response, origin);
    const { method } = request;
    // A read changes nothing, and without CORS headers a browser keeps its answer from the page.
    if (!isAllowed && method !== "GET" && method !== "HEAD") {
      onRefused("origin");
      answerPlainly(response, 403, FOREIGN);
      return "answered";
    }
    // Costs no more than its refusal would, so it is not counted.
    if (method === "OPTIONS") {
      if (origin !== undefined) setPreflightHeaders(response);
      response.writeHead(204, { allow: `${METHODS}, OPTIONS` });
      response.end();
      return "answered";
    }
    const retryAfterMs = rate.take(clientAddress(request.socket.remoteAddress));
    if (retryAfterMs > 0) {
      onRefused("rate");
      response.setHeader("retry-after", String(Math.ceil(retryAfterMs / 1000)));
    }
    return retryAfterMs;
  };
}
