/**
 * Which web pages may use the port, by the origin that their browser names, and the headers by
 * which the browser is told. Programs name no origin; nothing here concerns them.
 */
import { cors } from "@connectrpc/connect";
import type { HttpResponse } from "./front-port.js";

export interface PageRequest {
  /** The Origin header; undefined if there is none. */
  readonly origin: string | undefined;
  /** The Host header or :authority: where the page believes the port to be. */
  readonly host: string | undefined;
  /** The address of this end of the connection. */
  readonly localAddress: string | undefined;
}

export interface OriginPolicy {
  /** True if no page asks, or one that may. */
  allows(request: PageRequest): boolean;
  /**
   * False over the loopback for a name that is not this machine's: a foreign page had its own name
   * resolved to 127.0.0.1, so that its browser takes the port for the page's own server and lets it
   * read everything. True if no name is told; browsers always tell it.
   */
  knowsHost(request: Pick<PageRequest, "host" | "localAddress">): boolean;
}

/** Any page of this machine, whichever port serves it. */
const LOCAL_ORIGIN = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

const IP_HOST = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])(:\d{1,5})?$/;

/** Names under "localhost" are this machine everywhere (RFC 6761, 6.3). */
const LOCAL_HOST = /^([\w-]+\.)*localhost(:\d{1,5})?$/i;

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** `allowedOrigins`: exact ones, e.g. "https://play.example.org", beside the own and local ones. */
export function createOriginPolicy(allowedOrigins: readonly string[]): OriginPolicy {
  const allowed = new Set(allowedOrigins);
  const listed = allowedOrigins.filter((origin) => URL.canParse(origin));
  const names = new Set(listed.map((origin) => new URL(origin).hostname));
  return {
    allows(request) {
      const { origin } = request;
      if (origin === undefined) return true;
      return LOCAL_ORIGIN.test(origin) || allowed.has(origin) || isOwn(request);
    },
    knowsHost({ host = "", localAddress = "" }) {
      if (host === "" || !LOOPBACK.test(localAddress)) return true;
      if (LOCAL_HOST.test(host) || IP_HOST.test(host)) return true;
      return names.has(host.replace(/:\d{1,5}$/, "").toLowerCase());
    },
  };
}

/**
 * A page that this port itself served. Over the loopback a host's name proves nothing: a foreign
 * page may have its own name resolved to 127.0.0.1, and would then be its "own" server. Who serves
 * under such a name, or behind a proxy, lists its origin.
 */
function isOwn({ origin, host = "", localAddress = "" }: PageRequest): boolean {
  if (origin !== `http://${host}`) return false;
  return IP_HOST.test(host) || !LOOPBACK.test(localAddress);
}

/** EventSource resumes with Last-Event-ID. */
const REQUEST_HEADERS = [...cors.allowedHeaders, "Last-Event-ID"].join(", ");
const ANSWER_HEADERS = [...cors.exposedHeaders, "Retry-After"].join(", ");
const METHODS = ["HEAD", ...cors.allowedMethods].join(", ");

/** Browsers ask again after this long; none remembers an answer for more than a day. */
const PREFLIGHT_MAX_AGE_S = 7200;

/** Lets the page read the answer. The origin must be one that the policy allows. */
export function setCorsHeaders(response: HttpResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", ANSWER_HEADERS);
}

/** The Allow header of what has these methods: OPTIONS is answered for everything. */
export function allowOf(methods: readonly string[]): string {
  return [...new Set([...methods, "OPTIONS"])].join(", ");
}

/** Lets the page send what it asked about beforehand. */
export function setPreflightHeaders(response: HttpResponse): void {
  response.setHeader("access-control-allow-methods", METHODS);
  response.setHeader("access-control-allow-headers", REQUEST_HEADERS);
  response.setHeader("access-control-max-age", String(PREFLIGHT_MAX_AGE_S));
}
