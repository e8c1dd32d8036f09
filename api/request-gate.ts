/**
 * What happens to every request before anybody looks what it wants: the headers that every answer
 * has, and the refusals that need no service: an overlong address, a name that is not this
 * machine's, a foreign page, too many requests.
 */
import { answerPlainly } from "./answer-plainly.js";
import { clientAddress } from "./client-address.js";
import { allowOf, type OriginPolicy, setCorsHeaders, setPreflightHeaders } from "./cors.js";
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
export type RequestGate = (
  request: HttpRequest,
  response: HttpResponse,
  /** The methods of what is asked for. */
  methods: () => readonly string[],
) => "answered" | number;

/** Of the path with its query; more than any read by GET needs. */
const URL_CHARACTERS_MAX = 8192;

const FOREIGN =
  "Pages of this origin may not use this server: its allowedOrigins do not list it.\n";

const STRANGE_HOST =
  "Over the loopback this server answers to localhost and to addresses only. Under another name " +
  "it does if its allowedOrigins list an origin of that name.\n";

export function createRequestGate({ origins, rate, onRefused }: RequestGateOptions): RequestGate {
  return (request, response, methods) => {
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
    const { localAddress } = request.socket;
    if (!origins.knowsHost({ host, localAddress })) {
      onRefused("host");
      answerPlainly(response, 421, STRANGE_HOST);
      return "answered";
    }
    const isAllowed = origins.allows({ origin, host, localAddress });
    if (isAllowed && origin !== undefined) setCorsHeaders(response, origin);
    const { method } = request;
    // A read changes nothing, and without CORS headers a browser keeps its answer from a page that
    // knows the port under its right name; under a name of its own it has been refused above.
    if (!isAllowed && method !== "GET" && method !== "HEAD") {
      onRefused("origin");
      answerPlainly(response, 403, FOREIGN);
      return "answered";
    }
    // Costs no more than its refusal would, so it is not counted.
    if (method === "OPTIONS") {
      if (origin !== undefined) setPreflightHeaders(response);
      response.writeHead(204, { allow: allowOf(methods()) });
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
